#pragma once
// Models in folders: config.json beside model.safetensors. Our own layout is written and read;
// Hugging Face's GPT-2 and Llama layouts are read. docs/model-files.md describes all three.

#include <filesystem>
#include <optional>
#include <string>

#include "sim/safetensors.hpp"
#include "sim/weights.hpp"

namespace carrybit {

/// What a model was made to answer: the "task" of config.json. The fields are those of a TaskSpec
/// (arith_tasks/task.hpp), which this room does not know; texts are kept as they are.
struct TaskNote {
  std::string task;          // "add", "iter_add", "mul", "majority", "parity"
  int base = 10;             // p
  int length = 0;            // n, the most digits of an operand that the model is meant for
  int addends = 0;           // k of iter_add, else 0
  int answer_digits = 0;     // l of mul, else 0
  int digits_per_token = 1;  // c
  std::string answer_order = "msb_first";   // or "lsb_first"
  std::string operand_order = "msb_first";  // or "lsb_first"
  bool padded = true;        // operands and answers have all their digits, leading zeros too
  std::string construction;  // the program that compiled to these weights; empty if trained
  int radix = 0;             // its address radix, 0 where it has none
  std::string arithmetic;    // the arithmetic it is meant for, as the command line writes it; or ""

  bool operator==(const TaskNote&) const = default;
};

/// A model as it was found in a folder.
struct ModelFile {
  Weights weights;
  std::optional<TaskNote> task;
  std::string layout;  // "carrybit", "gpt2" or "llama"

  bool operator==(const ModelFile&) const = default;
};

/// Writes FOLDER/config.json and FOLDER/model.safetensors, making the folder where needed. Both are
/// complete on disk before either takes its place; on failure the folder is as it was. F64 loads
/// back bit for bit; narrower types round to nearest even. Throws BadInput, one line, where the
/// weights are not valid, a value is beyond the type, the folder holds a model that is not ours, or
/// it cannot be written.
void save_model(const std::filesystem::path& folder, const Weights& weights,
                Dtype dtype = Dtype::f64, const std::optional<TaskNote>& task = std::nullopt);

/// Reads a model; config.json tells the layout. The weights returned are valid. Throws BadInput,
/// one line: the file, the key or tensor, and what is accepted.
ModelFile load_model(const std::filesystem::path& folder);

}  // namespace carrybit
