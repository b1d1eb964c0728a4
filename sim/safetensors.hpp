#pragma once
// The safetensors format (github.com/huggingface/safetensors), version 0.x: eight bytes, the length
// N of the header, little-endian; N bytes of JSON, {"NAME": {"dtype": "F32", "shape": [2, 3],
// "data_offsets": [begin, end]}, ..., "__metadata__": {TEXT: TEXT}}; then the tensors' values,
// little-endian, row-major, without gap or overlap.
//
// A file is checked as a whole, against its own size, before any value is read: no claim of a
// hostile header makes us allocate more than the file is long.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carrybit {

class NewFile;

/// Types of stored values that are read and written; "F64", "F32", "F16", "BF16" in a header.
enum class Dtype : std::uint8_t { f64, f32, f16, bf16 };

std::string_view name(Dtype dtype);

/// A tensor in memory: row-major, `values.size()` the product of the shape (1 for an empty shape).
struct Tensor {
  std::vector<std::uint64_t> shape;
  std::vector<double> values;
  bool operator==(const Tensor&) const = default;
};

/// An open, checked safetensors file.
class SafetensorsFile {
 public:
  /// What the header says of one tensor.
  struct Entry {
    std::string dtype;  // any of the format's types, also those read() refuses ("I64")
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0;  // bytes, from the end of the header
    std::uint64_t end = 0;

    /// "[2, 3]"
    std::string shape_text() const;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  /// Opens a file and checks all of its header. Throws BadInput, one line, naming file and tensor.
  explicit SafetensorsFile(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return path_; }
  const Entries& entries() const { return entries_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The values of one tensor, each exactly as stored (every F16, BF16 and F32 is a double). NaN
  /// and infinities are returned as they are. Throws BadInput where there is no such tensor, or
  /// its type is not one of Dtype.
  std::vector<double> read(std::string_view tensor);

 private:
  void read_header();

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t data_start_ = 0;
  Entries entries_;
  std::map<std::string, std::string> metadata_;
};

/// All tensors of a file.
std::map<std::string, Tensor> read_safetensors(const std::filesystem::path& file);

/// One tensor to be written; `values` are not copied.
struct TensorView {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::span<const double> values;
};

/// Writes a file, whole or not at all. The same tensors give the same bytes in whatever order they
/// are given: names sorted, {"format": "pt"} as metadata, the header padded to a multiple of 8
/// bytes. F32 and narrower types round to nearest, ties to even. Throws BadInput where two names
/// are the same, a shape does not fit its values, a value is not finite or beyond the type's range,
/// or the file cannot be written.
void write_safetensors(const std::filesystem::path& file, std::vector<TensorView> tensors,
                       Dtype dtype);
/// The same into a file whose commit() is the caller's.
void write_safetensors(NewFile& file, std::vector<TensorView> tensors, Dtype dtype);

}  // namespace carrybit
