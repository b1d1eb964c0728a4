#include "arith_tasks/constructions/room.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "precision/error.hpp"

namespace carrybit::constructions {

void need_room(std::string_view name, const Task& task, const Dimensions& size) {
  const std::int64_t widest =
      std::max({std::int64_t{size.heads} * size.head_dim, std::int64_t{size.ffn},
                std::int64_t{task.input_tokens()}, std::int64_t{Vocabulary(task).size()}});
  if (widest * size.width > std::numeric_limits<std::int32_t>::max())
    throw BadInput(fmt::format(
        "{} for {}: a matrix of {}{} x {} weights; accepted: shorter lengths, up to 2^31 "
        "weights",
        name, task.name(), size.ffn == clipped(size.ffn + std::int64_t{1}) ? "over " : "", widest,
        size.width));
}

int clipped(std::int64_t x) {
  return static_cast<int>(std::min<std::int64_t>(x, std::numeric_limits<int>::max()));
}

}  // namespace carrybit::constructions
