#include "sim/safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "precision/error.hpp"
#include "sim/json_text.hpp"
#include "sim/new_file.hpp"

namespace carrybit {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t max_header = 100'000'000;  // the reference implementation's limit
constexpr std::size_t max_dimensions = 16;
constexpr std::size_t chunk_values = std::size_t{1} << 16;

struct TypeSize {
  std::string_view name;
  std::uint64_t bytes;
};
// The types of the format whose values are whole bytes: those read() refuses are known too, so that
// a file may hold a mask or a counter beside its weights.
constexpr std::array<TypeSize, 15> type_sizes = {{{"F64", 8},
                                                  {"F32", 4},
                                                  {"F16", 2},
                                                  {"BF16", 2},
                                                  {"F8_E4M3", 1},
                                                  {"F8_E5M2", 1},
                                                  {"I64", 8},
                                                  {"I32", 4},
                                                  {"I16", 2},
                                                  {"I8", 1},
                                                  {"U64", 8},
                                                  {"U32", 4},
                                                  {"U16", 2},
                                                  {"U8", 1},
                                                  {"BOOL", 1}}};
constexpr std::array<Dtype, 4> dtypes = {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16};

std::optional<std::uint64_t> bytes_of(std::string_view dtype) {
  for (const TypeSize& type : type_sizes) {
    if (type.name == dtype) {
      return type.bytes;
    }
  }
  return std::nullopt;
}

std::optional<Dtype> parse_dtype(std::string_view text) {
  for (const Dtype dtype : dtypes) {
    if (name(dtype) == text) {
      return dtype;
    }
  }
  return std::nullopt;
}

/// The product, or nothing where it does not fit 64 bits.
std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) {
    return std::nullopt;
  }
  return a * b;
}

/// The product of the sizes; like the reference implementation, from left to right and without
/// forgiving an overflow for a zero that comes later.
std::optional<std::uint64_t> element_count(const std::vector<std::uint64_t>& shape) {
  std::optional<std::uint64_t> count = 1;
  for (const std::uint64_t size : shape) {
    count = product(*count, size);
    if (!count) {
      return std::nullopt;
    }
  }
  return count;
}

// ---- bytes of a value; written with shifts, so that they mean the same on every machine

template <typename Bits>
Bits load_bits(const char* bytes) {
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    bits = static_cast<Bits>(
        bits |
        static_cast<Bits>(static_cast<Bits>(static_cast<unsigned char>(bytes[i])) << (8 * i)));
  }
  return bits;
}

template <typename Bits>
void store_bits(Bits bits, char* bytes) {
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
  }
}

double from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const int fraction = bits & 0x3FF;
  double magnitude = 0;
  if (exponent == 0x1F) {
    magnitude = fraction == 0 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -24);
  } else {
    magnitude = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// The bits of `value`, finite, rounded to nearest even into a format of 16 bits with this many
/// fraction bits and this least normal exponent; a carry out of the fraction enters the exponent.
std::uint16_t to_narrow(double value, int fraction_bits, int least_exponent) {
  const int sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (magnitude == 0) {
    return static_cast<std::uint16_t>(sign);
  }
  const int exponent = std::max(std::ilogb(magnitude), least_exponent);
  // The significand in units of the last place; below least_exponent there is no implicit bit.
  const double units = std::nearbyint(std::ldexp(magnitude, fraction_bits - exponent));
  const int biased = (exponent - least_exponent) << fraction_bits;
  return static_cast<std::uint16_t>(sign | (biased + static_cast<int>(units)));
}

double load_value(Dtype dtype, const char* bytes) {
  switch (dtype) {
    case Dtype::f64: return std::bit_cast<double>(load_bits<std::uint64_t>(bytes));
    case Dtype::f32: return std::bit_cast<float>(load_bits<std::uint32_t>(bytes));
    case Dtype::f16: return from_half(load_bits<std::uint16_t>(bytes));
    case Dtype::bf16:
      return std::bit_cast<float>(std::uint32_t{load_bits<std::uint16_t>(bytes)} << 16);
  }
  return 0;
}

void store_value(Dtype dtype, double value, char* bytes) {
  switch (dtype) {
    case Dtype::f64: store_bits(std::bit_cast<std::uint64_t>(value), bytes); break;
    case Dtype::f32:
      store_bits(std::bit_cast<std::uint32_t>(static_cast<float>(value)), bytes);
      break;
    case Dtype::f16: store_bits(to_narrow(value, 10, -14), bytes); break;
    case Dtype::bf16: store_bits(to_narrow(value, 7, -126), bytes); break;
  }
}

/// The magnitude from which on rounding to the type gives infinity: half an ulp above the largest.
double overflow_at(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return std::numeric_limits<double>::infinity();
    case Dtype::f32: return 0x1.ffffffp+127;
    case Dtype::f16: return 0x1.ffep+15;
    case Dtype::bf16: return 0x1.ffp+127;
  }
  return 0;
}

// ---- reading

/// Messages about one file: "FILE: tensor 'x': ...".
class Header {
 public:
  explicit Header(std::string file) : file_(std::move(file)) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw BadInput(fmt::format("{}: {}", file_, what));
  }

  SafetensorsFile::Entry entry(const std::string& tensor, const nlohmann::json& value) const {
    const std::string where = fmt::format("{}: tensor {}", file_, shown(tensor));
    const JsonFields fields(value, where);
    fields.refuse_others({"dtype", "shape", "data_offsets"});
    SafetensorsFile::Entry entry;
    entry.dtype = fields.text("dtype");
    entry.shape = sizes(fields, value, "shape", max_dimensions);
    const auto offsets = sizes(fields, value, "data_offsets", 2);
    if (offsets.size() != 2 || offsets[0] > offsets[1]) {
      throw BadInput(fmt::format("{}: data_offsets [{}]; accepted: [begin, end], begin <= end",
                                 where, fmt::join(offsets, ", ")));
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    check_bytes(where, entry);
    return entry;
  }

  /// The tensors must fill the data exactly, each beginning where another ends.
  void check_layout(const SafetensorsFile::Entries& entries, std::uint64_t data_bytes) const {
    std::vector<const SafetensorsFile::Entries::value_type*> by_offset;
    for (const auto& item : entries) {
      by_offset.push_back(&item);
    }
    std::sort(by_offset.begin(), by_offset.end(), [](const auto* a, const auto* b) {
      return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
    });
    std::uint64_t filled = 0;
    for (const auto* item : by_offset) {
      const auto& [tensor, entry] = *item;
      if (entry.end > data_bytes) {
        refuse(
            fmt::format("tensor {} ends at byte {} of the data; accepted: at most {}, all that "
                        "the file holds",
                        shown(tensor), entry.end, data_bytes));
      }
      if (entry.begin != filled) {
        refuse(
            fmt::format("tensor {} begins at byte {} of the data; accepted: {}, neither gap nor "
                        "overlap",
                        shown(tensor), entry.begin, filled));
      }
      filled = entry.end;
    }
    if (filled != data_bytes) {
      refuse(fmt::format("{} bytes after the last tensor; accepted: none", data_bytes - filled));
    }
  }

 private:
  /// An array of non-negative integers.
  static std::vector<std::uint64_t> sizes(const JsonFields& fields, const nlohmann::json& value,
                                          std::string_view key, std::size_t most) {
    const std::string accepted = fmt::format("an array of at most {} integers, 0 to 2^64-1", most);
    if (!fields.has(key)) {
      throw BadInput(fmt::format("{}: no {}; accepted: {}", fields.where(), key, accepted));
    }
    const nlohmann::json& array = *value.find(key);
    if (!array.is_array() || array.size() > most) {
      fields.refuse(key, accepted);
    }
    std::vector<std::uint64_t> numbers;
    for (const nlohmann::json& number : array) {
      if (!number.is_number_unsigned()) {
        throw BadInput(fmt::format("{}: {} holds {}; accepted: {}", fields.where(), key,
                                   number.is_structured() ? "something else" : plain(number.dump()),
                                   accepted));
      }
      numbers.push_back(number.get<std::uint64_t>());
    }
    return numbers;
  }

  static void check_bytes(const std::string& where, const SafetensorsFile::Entry& entry) {
    const auto size = bytes_of(entry.dtype);
    if (!size) {
      throw BadInput(
          fmt::format("{}: dtype {}; accepted: F64, F32, F16, BF16", where, shown(entry.dtype)));
    }
    const auto count = element_count(entry.shape);
    const auto bytes = count ? product(*count, *size) : std::nullopt;
    if (!bytes) {
      throw BadInput(fmt::format("{}: shape {} is too large; accepted: less than 2^64 bytes", where,
                                 entry.shape_text()));
    }
    if (*bytes != entry.end - entry.begin) {
      throw BadInput(
          fmt::format("{}: data_offsets [{}, {}] are {} bytes; accepted: {}, the size of {} {}",
                      where, entry.begin, entry.end, entry.end - entry.begin, *bytes, entry.dtype,
                      entry.shape_text()));
    }
  }

  std::string file_;
};

}  // namespace

std::string_view name(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return "F64";
    case Dtype::f32: return "F32";
    case Dtype::f16: return "F16";
    case Dtype::bf16: return "BF16";
  }
  return "?";
}

std::string SafetensorsFile::Entry::shape_text() const {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

SafetensorsFile::SafetensorsFile(const fs::path& file) : path_(file) { read_header(); }

void SafetensorsFile::read_header() {
  const Header header(plain(path_.string()));
  std::error_code error;
  if (!fs::is_regular_file(path_, error)) {
    header.refuse(fmt::format("{}; accepted: a safetensors file",
                              error ? error.message() : "not a regular file"));
  }
  const std::uint64_t size = fs::file_size(path_, error);
  file_.open(path_, std::ios::binary);
  if (error || !file_) {
    header.refuse("cannot be opened; accepted: a readable safetensors file");
  }
  std::array<char, length_bytes> length_text{};
  if (size < length_bytes ||
      !file_.read(length_text.data(), static_cast<std::streamsize>(length_bytes))) {
    header.refuse(
        fmt::format("only {} bytes; accepted: a safetensors file, which begins with 8 "
                    "bytes of header length",
                    size));
  }
  const auto length = load_bits<std::uint64_t>(length_text.data());
  if (length > max_header || length > size - length_bytes) {
    header.refuse(
        fmt::format("header length {}; accepted: at most {}, and at most {}, the rest of "
                    "the file",
                    length, max_header, size - length_bytes));
  }
  std::string text(length, '\0');
  if (!file_.read(text.data(), static_cast<std::streamsize>(length))) {
    header.refuse("cannot be read to the end of its header");
  }
  if (!text.starts_with('{')) {
    header.refuse("no safetensors header; accepted: a JSON object, beginning with '{'");
  }
  data_start_ = length_bytes + length;

  const nlohmann::json document = parse_json_object(text, plain(path_.string()) + ": header");
  for (const auto& [tensor, value] : document.items()) {
    if (tensor != "__metadata__") {
      entries_.emplace(tensor, header.entry(tensor, value));
      continue;
    }
    if (!value.is_object()) {
      header.refuse("__metadata__ is not an object; accepted: texts by name");
    }
    for (const auto& [key, item] : value.items()) {
      if (!item.is_string()) {
        header.refuse(fmt::format("__metadata__ {} is no text; accepted: texts", shown(key)));
      }
      metadata_.emplace(key, item.get<std::string>());
    }
  }
  header.check_layout(entries_, size - data_start_);
}

std::vector<double> SafetensorsFile::read(std::string_view tensor) {
  const auto found = entries_.find(tensor);
  if (found == entries_.end()) {
    throw BadInput(fmt::format("{}: no tensor {}; accepted: one of its {}", plain(path_.string()),
                               shown(tensor), entries_.size()));
  }
  const Entry& entry = found->second;
  const auto dtype = parse_dtype(entry.dtype);
  if (!dtype) {
    throw BadInput(fmt::format("{}: tensor {}: dtype {}; accepted: F64, F32, F16, BF16",
                               plain(path_.string()), shown(tensor), entry.dtype));
  }
  const std::size_t value_bytes = *bytes_of(entry.dtype);
  std::size_t left = (entry.end - entry.begin) / value_bytes;
  std::vector<double> values;
  values.reserve(left);
  std::vector<char> chunk(std::min(left, chunk_values) * value_bytes);
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(data_start_ + entry.begin));
  while (left > 0) {
    const std::size_t count = std::min(left, chunk_values);
    if (!file_.read(chunk.data(), static_cast<std::streamsize>(count * value_bytes))) {
      throw BadInput(
          fmt::format("{}: tensor {}: cannot be read; accepted: a file that does not "
                      "change while it is read",
                      plain(path_.string()), shown(tensor)));
    }
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(load_value(*dtype, chunk.data() + i * value_bytes));
    }
    left -= count;
  }
  return values;
}

std::map<std::string, Tensor> read_safetensors(const fs::path& file) {
  SafetensorsFile source(file);
  std::map<std::string, Tensor> tensors;
  for (const auto& [tensor, entry] : source.entries()) {
    tensors.emplace(tensor, Tensor{entry.shape, source.read(tensor)});
  }
  return tensors;
}

// ---- writing

namespace {

/// Refuses what no reader would accept back.
void check_tensors(const std::string& file, const std::vector<TensorView>& sorted, Dtype dtype) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const TensorView& tensor = sorted[i];
    const std::string where = fmt::format("{}: tensor {}", file, shown(tensor.name));
    if (tensor.name == "__metadata__" || (i > 0 && tensor.name == sorted[i - 1].name)) {
      throw BadInput(where + ": name taken; accepted: a different name for each tensor");
    }
    const auto count = element_count(tensor.shape);
    if (!count || *count != tensor.values.size() || tensor.shape.size() > max_dimensions) {
      throw BadInput(fmt::format("{}: {} values in shape [{}]; accepted: as many as it holds",
                                 where, tensor.values.size(), fmt::join(tensor.shape, ", ")));
    }
    for (const double value : tensor.values) {
      if (!std::isfinite(value)) {
        throw BadInput(fmt::format("{}: {}; accepted: finite values", where, value));
      }
      if (std::fabs(value) >= overflow_at(dtype)) {
        throw BadInput(fmt::format("{}: {} is beyond {}; accepted: a wider type, F64 holds all",
                                   where, value, name(dtype)));
      }
    }
  }
}

std::string header_text(const std::string& file, const std::vector<TensorView>& sorted,
                        Dtype dtype) {
  const std::uint64_t value_bytes = *bytes_of(name(dtype));
  nlohmann::json header;  // sorts its keys
  header["__metadata__"] = {{"format", "pt"}};
  std::uint64_t offset = 0;
  for (const TensorView& tensor : sorted) {
    const std::uint64_t end = offset + tensor.values.size() * value_bytes;
    header[tensor.name] = {{"dtype", name(dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", std::array<std::uint64_t, 2>{offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw BadInput(file + ": a tensor's name is not UTF-8; accepted: UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  if (text.size() > max_header) {
    throw BadInput(fmt::format("{}: a header of {} bytes; accepted: at most {}", file, text.size(),
                               max_header));
  }
  return text;
}

}  // namespace

void write_safetensors(NewFile& file, std::vector<TensorView> tensors, Dtype dtype) {
  std::sort(tensors.begin(), tensors.end(),
            [](const TensorView& a, const TensorView& b) { return a.name < b.name; });
  const std::string where = plain(file.target().string());
  check_tensors(where, tensors, dtype);
  const std::string header = header_text(where, tensors, dtype);

  std::array<char, length_bytes> length{};
  store_bits(std::uint64_t{header.size()}, length.data());
  file.write({length.data(), length.size()});
  file.write(header);
  const std::size_t value_bytes = *bytes_of(name(dtype));
  std::vector<char> chunk(chunk_values * value_bytes);
  for (const TensorView& tensor : tensors) {
    for (std::size_t first = 0; first < tensor.values.size(); first += chunk_values) {
      const auto part =
          tensor.values.subspan(first, std::min(chunk_values, tensor.values.size() - first));
      for (std::size_t i = 0; i < part.size(); ++i) {
        store_value(dtype, part[i], chunk.data() + i * value_bytes);
      }
      file.write({chunk.data(), part.size() * value_bytes});
    }
  }
}

void write_safetensors(const fs::path& file, std::vector<TensorView> tensors, Dtype dtype) {
  NewFile made(file);
  write_safetensors(made, std::move(tensors), dtype);
  made.commit();
}

}  // namespace carrybit
