#include "experiments/cell.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "precision/error.hpp"

namespace carrybit {

std::string_view name(CellKind kind) {
  switch (kind) {
    case CellKind::accuracy: return "accuracy";
    case CellKind::width: return "width";
    case CellKind::dimensions: return "dimensions";
    case CellKind::kept_width: return "kept_width";
  }
  return "";
}

std::string_view name(InputKind kind) {
  switch (kind) {
    case InputKind::up_to: return "up_to";
    case InputKind::exhaustive: return "exhaustive";
    case InputKind::sampled: return "sampled";
    case InputKind::adversarial: return "adversarial";
    case InputKind::certified: return "certified";
  }
  return "";
}

std::string InputChoice::text() const {
  std::string out(carrybit::name(kind));
  if (kind == InputKind::up_to || kind == InputKind::sampled) {
    out += fmt::format(" {}", count);
  }
  if (kind == InputKind::sampled && sampling != Sampling::uniform) {
    out += fmt::format(" {}", carrybit::name(sampling));
  }
  return out;
}

namespace {

/// Every field that matters to results; `formats`: those of the roles too.
nlohmann::json arithmetic_content(const Arithmetic& a, bool formats) {
  nlohmann::json json;
  nlohmann::json roles = nlohmann::json::array();
  bool stochastic = false;
  for (const Role* role : a.roles()) {
    roles.push_back(
        fmt::format("{}{}", formats ? role->format.name() + " " : "", name(role->rounding)));
    stochastic = stochastic || role->rounding == Rounding::sr;
  }
  json["roles"] = roles;
  json["product"] = name(a.product);
  json["sum"] = name(a.sum);
  json["shift"] = name(a.shift);
  json["normalise"] = name(a.normalise);
  if (stochastic) {
    json["seed"] = a.seed;
  }
  return json;
}

std::string one_rounding(const Arithmetic& a) {
  for (const Role* role : a.roles()) {
    if (role->rounding != a.activations.rounding) {
      return "mixed";
    }
  }
  return std::string(name(a.activations.rounding));
}

void describe_format(const Cell& cell, nlohmann::ordered_json& row) {
  if (cell.kind != CellKind::accuracy) {
    row["family"] = family_text(cell.family, cell.exponent_bits);
    row["format"] = row["width_bits"] = row["integer_bits"] = row["fraction_bits"] = nullptr;
    return;
  }
  const Format& f = cell.arithmetic.activations.format;
  bool one = true;
  for (const Role* role : cell.arithmetic.roles()) {
    one = one && role->format == f;
  }
  row["family"] = row["format"] = row["width_bits"] = row["integer_bits"] = row["fraction_bits"] =
      nullptr;
  if (!one) {
    row["family"] = row["format"] = "mixed";
    return;
  }
  row["family"] = f.is_fixed()                 ? "fixed"
                  : f.has_unbounded_exponent() ? "float*"
                                               : fmt::format("float:e{}", f.exponent_bits);
  row["format"] = f.name();
  row["width_bits"] = f.has_unbounded_exponent() ? f.precision() : f.width();
  if (f.is_fixed()) {
    row["integer_bits"] = f.integer_bits;
  }
  row["fraction_bits"] = f.fraction_bits;
}

/// 128-bit FNV-1a over everything that is fed to it.
class Fnv {
 public:
  void feed(std::string_view bytes) {
    for (const char c : bytes) {
      state_ = (state_ ^ static_cast<unsigned char>(c)) * prime;
    }
  }
  std::string hexadecimal() const {
    return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(state_ >> 64),
                       static_cast<std::uint64_t>(state_));
  }

 private:
  using Wide = unsigned __int128;
  static constexpr Wide prime = (Wide{1} << 88) + 0x13B;
  Wide state_ = (Wide{0x6C62272E07BB0142} << 64) + 0x62B821756295C58D;
};

}  // namespace

std::string content(const Cell& cell) {
  nlohmann::json json;
  json["kind"] = name(cell.kind);
  json["task"] = cell.task.name();
  if (cell.model.is_construction()) {
    json["construction"] = cell.model.construction;
    json["options"] = constructions::text(cell.model.options);
  } else {
    json["weights"] = cell.model.digest;
  }
  json["arithmetic"] = arithmetic_content(cell.arithmetic, cell.kind == CellKind::accuracy);
  if (cell.kind != CellKind::accuracy) {
    json["family"] = family_text(cell.family, cell.exponent_bits);
  }
  if (cell.kind == CellKind::width || cell.kind == CellKind::kept_width) {
    json["max_width"] = cell.max_width;
  }
  if (cell.kind == CellKind::kept_width) {
    json["role"] = name(cell.role);
    json["keep_millionths"] = cell.keep_millionths;
  }
  if (cell.kind != CellKind::dimensions) {
    json["inputs"] = cell.inputs.text();
    json["seed"] = cell.seed;
    if (cell.inputs.operand_digits != 0) {
      json["operand_digits"] = cell.inputs.operand_digits;
    }
  }
  return json.dump();
}

nlohmann::ordered_json describe_columns(const Cell& cell, const std::string& arithmetic,
                                        std::uint64_t seed, int repetition) {
  const Task& t = cell.task;
  nlohmann::ordered_json row;
  row["kind"] = name(cell.kind);
  row["task"] = name(t.kind());
  row["base"] = t.base();
  row["length_digits"] = t.digits();
  row["addends"] = t.kind() == TaskKind::iter_add ? nlohmann::ordered_json(t.operands()) : nullptr;
  row["answer_digits"] = t.answer_digits();
  row["digits_per_token"] = t.digits_per_token();
  row["answer_order"] = t.answer_order() == DigitOrder::msb_first ? "msb" : "lsb";
  row["model"] = cell.model.name();
  row["options"] = constructions::text(cell.model.options);
  row["radix"] = nullptr;
  if (cell.model.options.radix != 0) {
    row["radix"] = cell.model.options.radix;
  }
  row["arithmetic"] = arithmetic;
  describe_format(cell, row);
  row["rounding"] = one_rounding(cell.arithmetic);
  row["product"] = name(cell.arithmetic.product);
  row["sum"] = name(cell.arithmetic.sum);
  row["shift"] = name(cell.arithmetic.shift);
  row["normalise"] = name(cell.arithmetic.normalise);
  row["inputs"] = row["seed"] = row["repetition"] = nullptr;
  if (cell.kind != CellKind::dimensions) {
    row["inputs"] = cell.inputs.text();
    row["seed"] = seed;
    row["repetition"] = repetition;
    if (cell.inputs.operand_digits != 0) {
      row["operand_digits"] = cell.inputs.operand_digits;
    }
  }
  if (cell.kind == CellKind::kept_width) {
    row["role"] = name(cell.role);
    row["keep"] = keep_text(cell.keep_millionths);
  }
  return row;
}

std::string family_text(Family family, int exponent_bits) {
  return family == Family::floating ? fmt::format("float:e{}", exponent_bits)
                                    : std::string(name(family));
}

void parse_family_text(std::string_view text, Family& family, int& exponent_bits) {
  constexpr std::string_view prefix = "float:e";
  if (!text.starts_with(prefix)) {
    family = parse_family(text);
    return;
  }
  const std::string_view digits = text.substr(prefix.size());
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, exponent_bits);
  if (error != std::errc{} || stop != end || exponent_bits < 1 ||
      exponent_bits > Format::max_exponent_bits) {
    throw BadInput(
        fmt::format("'{:.40}' is no family of formats; accepted: fixed, float:e1 to "
                    "float:e{}, float*",
                    text, Format::max_exponent_bits));
  }
  family = Family::floating;
}

std::string digest_of_model(const std::filesystem::path& folder) {
  Fnv digest;
  for (const char* file : {"config.json", "model.safetensors"}) {
    std::ifstream in(folder / file, std::ios::binary);
    if (!in) {
      throw BadInput(fmt::format("cannot read {}", (folder / file).string()));
    }
    std::string block(1 << 16, '\0');
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
      digest.feed(std::string_view(block).substr(0, static_cast<std::size_t>(in.gcount())));
    }
    digest.feed(std::string_view("\0", 1));
  }
  return digest.hexadecimal();
}

}  // namespace carrybit
