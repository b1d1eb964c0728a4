#pragma once
// Where a forward pass runs, and whether it can.

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/arithmetic.hpp"

namespace carrybit {

enum class Device : std::uint8_t {
  cpu,
  cuda,  // the first GPU
  loop   // the device's kernels in plain loops on the cpu: for tests
};
std::string_view name(Device device);

/// Throws BadInput, one line, where this program on this machine has no such device.
void require_device(Device device);

/// Why devices do not carry an arithmetic, and what they do: one line; "" where they carry it.
std::string device_refusal(const Arithmetic& arithmetic);

/// The device where it carries the arithmetic, else the cpu: the bits are the same.
Device device_for(Device device, const Arithmetic& arithmetic);

}  // namespace carrybit
