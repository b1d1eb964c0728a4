#pragma once
// Taking a model out of a safetensors file, tensor by tensor.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/safetensors.hpp"
#include "sim/weights.hpp"

namespace carrybit {

/// The tensors of a file, of which a model takes all that it has: what is left at the end is too
/// much. Every refusal is a BadInput of one line that names file, tensor and what is accepted.
class StoredTensors {
 public:
  explicit StoredTensors(const std::filesystem::path& path);

  bool has(std::string_view tensor) const;
  std::size_t count() const { return file_.entries().size(); }

  /// Takes a tensor of this shape and of finite values. `hint` follows the accepted shape in the
  /// message.
  std::vector<double> take(const std::string& tensor, const std::vector<int>& shape,
                           std::string_view hint = "");
  Vector vector(const std::string& tensor, int size);
  Matrix matrix(const std::string& tensor, int rows, int cols);
  /// A rows x cols matrix that is stored as its transpose, as GPT-2's Conv1D has it.
  Matrix transposed(const std::string& tensor, int rows, int cols);

  /// Passes over tensors that say nothing a model needs, by the end of their names.
  void ignore_ending(std::string_view ending);
  /// Throws BadInput naming the first tensor that nobody took.
  void refuse_others() const;

  /// "FOLDER/model.safetensors", as messages have it.
  const std::string& where() const { return where_; }

 private:
  SafetensorsFile file_;
  std::string where_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace carrybit
