#include "experiments/kept_width.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "precision/error.hpp"

namespace carrybit {

namespace {

constexpr std::array<std::string_view, 7> role_names = {
    "all", "weights", "activations", "products", "accumulator", "probabilities", "kv"};

/// The search over widths; remembers which split kept the share last.
class Search {
 public:
  Search(Family family, int exponent_bits, const std::function<bool(const Format&)>& keeps)
      : family_(family), exponent_bits_(exponent_bits), keeps_(keeps) {}

  /// A format of the width that keeps the share.
  std::optional<Format> kept_at(int width) {
    std::vector<Format> formats = formats_of_width(family_, exponent_bits_, width);
    const auto distance = [this](const Format& f) {
      return std::abs(f.integer_bits - integer_bits_);
    };
    if (family_ == Family::fixed) {
      std::stable_sort(formats.begin(), formats.end(),
                       [&](const Format& a, const Format& b) { return distance(a) < distance(b); });
    }
    for (const Format& format : formats) {
      if (keeps_(format)) {
        integer_bits_ = format.integer_bits;
        return format;
      }
    }
    return std::nullopt;
  }

 private:
  Family family_;
  int exponent_bits_;
  const std::function<bool(const Format&)>& keeps_;
  int integer_bits_ = 6;  // enough for most activations; any start gives the same widths
};

}  // namespace

std::string_view name(RoundedRole role) { return role_names.at(static_cast<std::size_t>(role)); }

RoundedRole parse_rounded_role(std::string_view text) {
  const auto at = std::find(role_names.begin(), role_names.end(), text);
  if (at == role_names.end()) {
    throw BadInput(
        fmt::format("'{:.40}' is no role; accepted: {}", text, fmt::join(role_names, ", ")));
  }
  return static_cast<RoundedRole>(at - role_names.begin());
}

std::string keep_text(std::uint32_t millionths) {
  std::string text = fmt::format("{:.6f}", static_cast<double>(millionths) / whole_share);
  text.erase(text.find_last_not_of('0') + 1);
  return text.back() == '.' ? text + "0" : text;
}

std::uint32_t parse_keep(double share) {
  const double millionths = std::round(share * whole_share);
  if (!(millionths >= 1) || share > 1) {
    throw BadInput("keep: a share above 0 and at most 1 is accepted, as in 0.99");
  }
  return static_cast<std::uint32_t>(millionths);
}

std::uint64_t needed_right(std::uint64_t right, std::uint32_t keep_millionths) {
  // Split so that no product exceeds 64 bits.
  const std::uint64_t wholes = right / whole_share;
  const std::uint64_t rest = right % whole_share;
  return wholes * keep_millionths + (rest * keep_millionths + whole_share - 1) / whole_share;
}

int default_max_width(Family family, int exponent_bits) {
  switch (family) {
    case Family::fixed: return 32;
    case Family::floating: return 1 + exponent_bits + 23;
    case Family::unbounded: break;
  }
  return 24;
}

KeptWidths search_kept(Family family, int exponent_bits, int max_width,
                       const std::function<bool(const Format&)>& keeps) {
  Search search(family, exponent_bits, keeps);
  const int least = narrowest(family, exponent_bits);
  KeptWidths out;
  for (int width = max_width; width >= least; --width) {
    const auto format = search.kept_at(width);
    if (!format) {
      out.refuted = width;
      break;
    }
    out.width = width;
    out.format = *format;
  }
  out.first = out.width;
  out.first_format = out.format;
  for (int width = least; out.refuted && width < *out.refuted; ++width) {
    if (const auto format = search.kept_at(width)) {
      out.first = width;
      out.first_format = *format;
      break;
    }
  }
  return out;
}

Arithmetic rounded_in(const Arithmetic& like, RoundedRole role, const Format& format) {
  static const Format fp32 = Format::parse("fp32");
  Arithmetic a = like;
  for (std::size_t i = 0; i < role_count; ++i) {
    const bool rounds = role == RoundedRole::all || role == rounded_role(static_cast<RoleId>(i));
    a.roles()[i]->format = rounds ? format : fp32;
  }
  a.label =
      role == RoundedRole::all ? format.name() : fmt::format("{} in {}", name(role), format.name());
  return a;
}

KeptAnswer find_kept_width(const Weights& weights, const ProblemSet& problems,
                           const KeptQuestion& question) {
  KeptAnswer answer;
  answer.problems = problems.size();
  answer.exhaustive = problems.is_exhaustive();
  Evaluation how;
  how.progress = question.progress;
  const auto right_in = [&](const Format& format) {
    const Simulator model(weights, rounded_in(question.like, question.role, format));
    return evaluate(model, problems, how).exact();
  };
  answer.fp32_right = right_in(Format::parse("fp32"));
  answer.needed = needed_right(answer.fp32_right, question.keep_millionths);
  if (answer.fp32_right == 0) {
    return answer;
  }
  // From here on a format is given up as soon as it cannot reach what is needed.
  how.stop_at_failure = true;
  how.failures_allowed = problems.size() - answer.needed;
  answer.widths =
      search_kept(question.family, question.exponent_bits, question.max_width,
                  [&](const Format& format) { return right_in(format) >= answer.needed; });
  return answer;
}

}  // namespace carrybit
