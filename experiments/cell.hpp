#pragma once
// A cell is one measurement of a study: a question that can be computed on its own and is named by its
// content. What is computed is in cell_run.hpp.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "arith_tasks/constructions/options.hpp"
#include "arith_tasks/generators.hpp"
#include "arith_tasks/task.hpp"
#include "experiments/kept_width.hpp"
#include "experiments/width_search.hpp"
#include "sim/arithmetic.hpp"

namespace carrybit {

/// What the program means by a cell's content. Raised by whoever changes the answer to any cell (a
/// construction, a generator, the arithmetic): results stored under another number are then not taken.
inline constexpr int meaning_version = 2;

enum class CellKind : std::uint8_t {
  accuracy,    // a model in an arithmetic: how many answers are right
  width,       // a construction in a family of formats: the fewest bits that pass
  dimensions,  // a construction: its sizes and the width that its contracts state
  kept_width   // saved weights in a family of formats: the fewest bits that keep their accuracy
};
std::string_view name(CellKind kind);

enum class InputKind : std::uint8_t {
  up_to,        // all problems where there are at most `count`; else adversarial and uniform ones
  exhaustive,   // all problems
  sampled,      // `count` random ones
  adversarial,  // made to break carries, sums and counts
  certified     // no inputs: a proof for all of them
};
std::string_view name(InputKind kind);

struct InputChoice {
  InputKind kind = InputKind::up_to;
  std::uint64_t count = 2000;
  Sampling sampling = Sampling::uniform;
  int operand_digits = 0;  // exhaustive and sampled: operands of exactly so many digits; 0: any

  /// "up_to 2000", "exhaustive", "sampled 1000", "sampled 1000 carry_heavy", ...: all but the operands'
  /// digits, which have a column of their own.
  std::string text() const;
  /// Whether a seed changes the set for some task.
  bool is_random() const { return kind != InputKind::exhaustive && kind != InputKind::certified; }
  bool operator==(const InputChoice&) const = default;
};

/// A construction with options, or saved weights.
struct ModelSpec {
  std::string construction;  // its name; empty for saved weights
  constructions::Options options = {};
  std::string weights = {};           // the folder as the study writes it
  std::filesystem::path folder = {};  // the folder from here
  std::string digest = {};            // of the folder's files, 32 hexadecimal digits

  bool is_construction() const { return !construction.empty(); }
  const std::string& name() const { return is_construction() ? construction : weights; }
  bool operator==(const ModelSpec&) const = default;
};

struct Cell {
  CellKind kind = CellKind::accuracy;
  Task task;
  ModelSpec model = {};
  Arithmetic arithmetic = {};               // not of accuracy: all but its formats
  Family family = Family::fixed;            // not of accuracy
  int exponent_bits = 8;                    // of Family::floating
  int max_width = 64;                       // width and kept_width
  RoundedRole role = RoundedRole::all;      // kept_width
  std::uint32_t keep_millionths = 990'000;  // kept_width
  InputChoice inputs = {};                  // not of dimensions
  std::uint64_t seed = 0;                   // of random inputs, else 0
};

/// The cell's content as JSON with sorted keys: equal texts, equal questions. It names no file and no
/// place: saved weights count by their digest.
std::string content(const Cell& cell);

/// A cell in its place in a study: what the table's columns say of it, by column name. `at` is the
/// line of the study file.
struct PlannedCell {
  Cell cell;
  nlohmann::ordered_json columns;
};

/// "fixed", "float:e8" or "float*".
std::string family_text(Family family, int exponent_bits);
/// Reads family_text() back; "float" has 8 exponent bits. Throws BadInput.
void parse_family_text(std::string_view text, Family& family, int& exponent_bits);

/// The columns that describe a cell, in the table's order, filled in: cell_columns() names them.
/// `arithmetic` is the arithmetic's name in the study.
nlohmann::ordered_json describe_columns(const Cell& cell, const std::string& arithmetic,
                                        std::uint64_t seed, int repetition);

/// 128-bit FNV-1a of a model's files, as hexadecimal digits. Tells changed weights apart; no defence
/// against somebody who wants two models of one digest. Throws BadInput where a file cannot be read.
std::string digest_of_model(const std::filesystem::path& folder);

}  // namespace carrybit
