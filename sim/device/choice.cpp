#include "sim/device/choice.hpp"

#include <fmt/format.h>

#include "precision/cuda/device.hpp"
#include "precision/error.hpp"

namespace carrybit {

std::string_view name(Device device) {
  switch (device) {
    case Device::cpu: return "cpu";
    case Device::cuda: return "cuda";
    case Device::loop: return "loop";
  }
  return "";
}

void require_device(Device device) {
  if (device != Device::cuda) {
    return;
  }
  if (const std::string why = cuda::missing(); !why.empty()) {
    throw BadInput(fmt::format("--device cuda: {}; accepted here: cpu", why));
  }
}

Device device_for(Device device, const Arithmetic& arithmetic) {
  return device != Device::cpu && device_refusal(arithmetic).empty() ? device : Device::cpu;
}

}  // namespace carrybit
