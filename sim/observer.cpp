#include "sim/observer.hpp"

#include <fmt/format.h>

#include <array>

namespace carrybit {

std::string_view name(Stage stage) {
  constexpr std::array<std::string_view, 20> names = {
      "embedding", "attention norm", "query",    "key",        "value",
      "score",     "shifted score",  "weight",   "normaliser", "head output",
      "attention", "residual",       "ffn norm", "gate",       "up",
      "hidden",    "down",           "residual", "final norm", "logit"};
  return names[static_cast<std::size_t>(stage)];
}

std::string describe(const Site& site) {
  const auto layer = [&] { return fmt::format("layer {}", site.layer); };
  switch (site.stage) {
    case Stage::embedding:
      return fmt::format("embedding channel {} at position {}", site.channel, site.position);
    case Stage::logit:
      return fmt::format("logit of token {} at position {}", site.channel, site.position);
    case Stage::final_norm:
      return fmt::format("final norm channel {} at position {}", site.channel, site.position);
    case Stage::score:
    case Stage::shifted:
    case Stage::weight:
      return fmt::format("{}, head {}, {} of key {} at position {}", layer(), site.head,
                         name(site.stage), site.channel, site.position);
    case Stage::normaliser:
      return fmt::format("{}, head {}, normaliser at position {}", layer(), site.head,
                         site.position);
    case Stage::query:
    case Stage::key:
    case Stage::value:
    case Stage::head_output:
      return fmt::format("{}, head {}, {} channel {} at position {}", layer(), site.head,
                         name(site.stage), site.channel, site.position);
    case Stage::attention_sum:
      return fmt::format("{}, residual after attention, channel {} at position {}", layer(),
                         site.channel, site.position);
    case Stage::ffn_sum:
      return fmt::format("{}, residual after FFN, channel {} at position {}", layer(), site.channel,
                         site.position);
    default:
      return fmt::format("{}, {} {} at position {}", layer(), name(site.stage), site.channel,
                         site.position);
  }
}

}  // namespace carrybit
