// The safetensors reader and writer: exact round trips, bytes as the format has them, and hostile
// files refused in one line.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <limits>

#include "sim/new_file.hpp"
#include "sim/safetensors.hpp"
#include "tests/sim/random_model.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace carrybit;
using namespace carrybit::tests;

namespace {

/// The eight bytes of header length, little-endian.
std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    bytes += static_cast<char>(length >> (8 * i));
  }
  return bytes;
}

/// A file with this header and this many bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes = 0) {
  return length_bytes(header.size()) + header + std::string(data_bytes, '\0');
}

/// What the reader says of these bytes; "" if it accepts them. It then must read every tensor.
std::string verdict(const TemporaryFolder& folder, const std::string& bytes) {
  const auto file = folder / "x.safetensors";
  write_text(file, bytes);
  const std::string message = refusal([&] { read_safetensors(file); });
  if (!message.empty()) {
    CHECK(message.starts_with(file.string()));
  }
  return message;
}

/// The only tensor, "t", of a file.
std::vector<double> values_of_t(const std::filesystem::path& file) {
  return read_safetensors(file).at("t").values;
}

}  // namespace

TEST_CASE("a written file has the format's bytes") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  const std::vector<double> b = {1.0, -2.0};
  const std::vector<double> a = {0.5};
  write_safetensors(file, {{"b", {2, 1}, b}, {"a", {}, a}}, Dtype::f32);
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[]},)"
      R"("b":{"data_offsets":[4,12],"dtype":"F32","shape":[2,1]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  const std::string data("\x00\x00\x00\x3f\x00\x00\x80\x3f\x00\x00\x00\xc0", 12);
  CHECK(read_text(file) == length_bytes(padded.size()) + padded + data);
  CHECK(padded.size() % 8 == 0);

  // The same bytes in whatever order the tensors come; nothing else is left in the folder.
  write_safetensors(folder / "y.safetensors", {{"a", {}, a}, {"b", {2, 1}, b}}, Dtype::f32);
  CHECK(read_text(folder / "y.safetensors") == read_text(file));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
  CHECK(SafetensorsFile(file).metadata().at("format") == "pt");
}

TEST_CASE("values come back bit for bit") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  Draws draws(5);
  std::vector<double> values = {0.0,
                                -0.0,
                                1.0,
                                std::numeric_limits<double>::max(),
                                -std::numeric_limits<double>::min(),
                                std::numeric_limits<double>::denorm_min()};
  while (values.size() < 200'000) {  // more than one chunk
    const auto value = std::bit_cast<double>(draws.bits());
    values.push_back(std::isfinite(value) ? value : 3.0);
  }
  write_safetensors(file, {{"t", {values.size()}, values}}, Dtype::f64);
  const auto back = values_of_t(file);
  REQUIRE(back.size() == values.size());
  bool same = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    same = same && std::bit_cast<std::uint64_t>(back[i]) == std::bit_cast<std::uint64_t>(values[i]);
  }
  CHECK(same);
}

TEST_CASE("F32 rounds to nearest even and refuses what is beyond") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  const std::vector<double> values = {1 + 0x1p-24, 1 + 0x3p-24, 0x1p-150, 0x1.8p-149,
                                      std::nextafter(0x1.ffffffp+127, 0)};
  write_safetensors(file, {{"t", {5}, values}}, Dtype::f32);
  CHECK(values_of_t(file) ==
        std::vector<double>{1, 1 + 0x1p-22, 0, 0x1p-148, std::numeric_limits<float>::max()});
  for (const double beyond : {0x1.ffffffp+127, -1e300}) {
    const std::vector<double> t = {beyond};
    CHECK_REFUSED(write_safetensors(file, {{"t", {1}, t}}, Dtype::f32), "is beyond F32");
  }
}

TEST_CASE("every F16 and BF16 value is read as what it means and written back to the same bits") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  for (const Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    const int fraction_bits = dtype == Dtype::f16 ? 10 : 7;
    const int bias = dtype == Dtype::f16 ? 15 : 127;
    const int top = (1 << (15 - fraction_bits)) - 1;
    std::string data;
    std::vector<double> expected;
    for (int bits = 0; bits < 65536; ++bits) {
      const int exponent = (bits >> fraction_bits) & top;
      if (exponent == top) {
        continue;
      }
      const double fraction = std::ldexp(bits & ((1 << fraction_bits) - 1), -fraction_bits);
      const double magnitude = exponent == 0 ? std::ldexp(fraction, 1 - bias)
                                             : std::ldexp(1 + fraction, exponent - bias);
      expected.push_back((bits & 0x8000) != 0 ? -magnitude : magnitude);
      data += static_cast<char>(bits);
      data += static_cast<char>(bits >> 8);
    }
    const std::string count = std::to_string(expected.size());
    const std::string header = R"({"t":{"dtype":")" + std::string(name(dtype)) + R"(","shape":[)" +
                               count + R"(],"data_offsets":[0,)" + std::to_string(data.size()) +
                               "]}}";
    write_text(file, file_of(header) + data);
    const auto values = values_of_t(file);
    REQUIRE(values.size() == expected.size());
    bool same = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      same =
          same && values[i] == expected[i] && std::signbit(values[i]) == std::signbit(expected[i]);
    }
    CHECK(same);
    write_safetensors(file, {{"t", {values.size()}, values}}, dtype);
    CHECK(read_text(file).ends_with(data));

    // Between neighbours: to the nearer, a tie to the even one. expected[] starts with the
    // non-negative ones in rising order.
    std::vector<double> between;
    std::vector<double> rounded;
    for (std::size_t i = 0; i + 1 < expected.size() / 2; ++i) {
      const double low = expected[i];
      const double high = expected[i + 1];
      const double half = low + (high - low) / 2;
      between.insert(between.end(),
                     {half, -half, std::nextafter(half, 0), std::nextafter(half, 1e99)});
      const double even = i % 2 == 0 ? low : high;
      rounded.insert(rounded.end(), {even, -even, low, high});
    }
    write_safetensors(file, {{"t", {between.size()}, between}}, dtype);
    CHECK(values_of_t(file) == rounded);
    const double largest = expected[expected.size() / 2 - 1];
    const double limit = largest + std::ldexp(1.0, std::ilogb(largest) - fraction_bits - 1);
    const std::vector<double> below = {std::nextafter(limit, 0)};
    write_safetensors(file, {{"t", {1}, below}}, dtype);
    CHECK(values_of_t(file) == std::vector<double>{largest});
    const std::vector<double> at = {limit};
    CHECK_REFUSED(write_safetensors(file, {{"t", {1}, at}}, dtype), "is beyond");
  }
}

TEST_CASE("NaN and infinities are read as they are and never written") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  const std::string bits("\x00\x7c\x00\xfc\x01\x7c", 6);
  write_text(file, file_of(R"({"t":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}})") + bits);
  const auto values = values_of_t(file);
  CHECK(values[0] == std::numeric_limits<double>::infinity());
  CHECK(values[1] == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(values[2]));
  for (const double value : values) {
    const std::vector<double> t = {value};
    CHECK_REFUSED(write_safetensors(file, {{"t", {1}, t}}, Dtype::f64), "accepted: finite values");
  }
}

TEST_CASE("files as other writers make them are accepted") {
  const TemporaryFolder folder;
  CHECK(verdict(folder, file_of("{}")).empty());
  CHECK(verdict(folder, file_of("{}      ")).empty());
  CHECK(verdict(folder, file_of(R"({"__metadata__":{}})")).empty());
  CHECK(verdict(folder, file_of(R"({"t":{"dtype":"F64","shape":[0,5],"data_offsets":[0,0]}})"))
            .empty());
  // Order of keys, of tensors and of data are free.
  CHECK(verdict(folder, file_of(R"({"b":{"shape":[1],"data_offsets":[0,8],"dtype":"F64"},)"
                                R"("a":{"data_offsets":[8,12],"dtype":"F32","shape":[1,1]}})",
                                12))
            .empty());
  // A type that is not ours may lie beside the weights, as long as nobody reads it.
  const auto file = folder / "x.safetensors";
  write_text(file, file_of(R"({"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[8,11]},)"
                           R"("t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})",
                           11));
  SafetensorsFile source(file);
  CHECK(source.read("t") == std::vector<double>{0});
  CHECK_REFUSED(source.read("mask"), "tensor 'mask': dtype BOOL; accepted: F64, F32, F16, BF16");
  CHECK_REFUSED(source.read("nope"), "no tensor 'nope'");
}

TEST_CASE("hostile headers are refused with what is accepted") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& bytes, const std::string& part) {
    const std::string message = verdict(folder, bytes);
    CHECK_MESSAGE(contains(message, part), message);
    CHECK_MESSAGE((message.empty() || contains(message, "accepted: ")), message);
  };
  const auto tensor = [](const std::string& fields) { return file_of("{\"t\":{" + fields + "}}"); };

  refused("", "only 0 bytes");
  refused("1234567", "only 7 bytes");
  refused(length_bytes(2), "header length 2");
  refused(length_bytes(~std::uint64_t{0}) + "{}", "header length 18446744073709551615");
  refused(length_bytes(100'000'001) + "{}", "header length 100000001; accepted: at most 100000000");
  refused(file_of(""), "no safetensors header");
  refused(file_of(" {}"), "no safetensors header");
  refused(file_of("[]"), "no safetensors header");
  refused(file_of("\xef\xbb\xbf{}"), "no safetensors header");
  refused(file_of("{"), "not JSON at line 1");
  refused(file_of("{}}"), "not JSON at line 1, column 3");
  refused(file_of("{\n\"a\":nul}"), "not JSON at line 2");
  refused(file_of("{\"a\xff\":1}"), "not JSON");
  refused(file_of("{\"a\":" + std::string(100'000, '[')), "nested more than 32 levels");
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) {
    deep += "{\"a\":";
  }
  refused(file_of(deep), "nested more than 32 levels");
  refused(file_of(R"({"t":1,"t":1})"), "key 't' twice in one object");
  refused(file_of(R"({"t":{"dtype":"F32","dtype":"F32"}})"), "key 'dtype' twice");
  refused(file_of(R"({"t":1})"), "tensor 't' is 1; accepted: an object");
  refused(file_of("{\"a\\nb\":1}"), "tensor 'a\\x0ab'");
  refused(file_of(R"({"__metadata__":[]})"), "__metadata__ is not an object");
  refused(file_of(R"({"__metadata__":{"a":1}})"), "__metadata__ 'a' is no text");

  refused(tensor(R"("shape":[],"data_offsets":[0,0])"), "tensor 't': no key 'dtype'");
  refused(tensor(R"("dtype":"F32","data_offsets":[0,0])"), "tensor 't': no shape");
  refused(tensor(R"("dtype":"F32","shape":null,"data_offsets":[0,0])"), "no shape");
  refused(tensor(R"("dtype":"F32","shape":[1])"), "no data_offsets");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1)"), "unknown key 'x'");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offset":[0,4])"),
          "unknown key 'data_offset', did you mean 'data_offsets'?");
  refused(tensor(R"("dtype":7,"shape":[],"data_offsets":[0,0])"), "'dtype' is 7");
  refused(tensor(R"("dtype":"F33","shape":[],"data_offsets":[0,0])"),
          "tensor 't': dtype 'F33'; accepted: F64, F32, F16, BF16");
  refused(tensor(R"("dtype":"F32","shape":3,"data_offsets":[0,4])"), "'shape' is 3");
  refused(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), "shape holds -1");
  refused(tensor(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"), "shape holds 1.0");
  refused(tensor(R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])"), "shape holds \"1\"");
  refused(tensor(R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])"), "something else");
  refused(tensor(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4])"),
          "shape holds");
  refused(
      tensor(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"),
      "an array of at most 16");
  refused(tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])"),
          "too large");
  refused(tensor(R"("dtype":"F64","shape":[4294967296,536870912],"data_offsets":[0,0])"),
          "too large");
  refused(tensor(R"("dtype":"F64","shape":[4294967296,4294967296,0],"data_offsets":[0,0])"),
          "too large");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), "data_offsets [0]");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), "[4, 0]");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,8])"), "at most 2");
  refused(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"),
          "data_offsets [0, 4] are 4 bytes; accepted: 8, the size of F32 [2]");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), "ends at byte 4");
  refused(
      tensor(
          R"("dtype":"F64","shape":[1],"data_offsets":[18446744073709551607,18446744073709551615])"),
      "ends at byte 18446744073709551615");
  refused(file_of(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5),
          "1 bytes after the last tensor");
  refused(file_of(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
          "tensor 't' begins at byte 4 of the data; accepted: 0");
  refused(file_of(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                  R"("u":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                  8),
          "tensor 'u' begins at byte 0 of the data; accepted: 4");
  refused(file_of(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                  R"("u":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                  12),
          "tensor 'u' begins at byte 4");
  refused(file_of("{}", 1), "1 bytes after the last tensor");
}

TEST_CASE("a header of more JSON values than memory is worth") {
  const TemporaryFolder folder;
  std::string header = "{\"a\":[";
  for (int i = 0; i < 4'000'000; ++i) {
    header += "0,";
  }
  CHECK(contains(verdict(folder, file_of(header + "0]}")), "more than 4000000 JSON values"));
}

TEST_CASE("every truncation and every flipped bit of a small file is refused or read") {
  const TemporaryFolder folder;
  const auto file = folder / "small.safetensors";
  const std::vector<double> a = {1.5, -2.5, 3.5};
  const std::vector<double> b = {7};
  write_safetensors(file, {{"a", {3}, a}, {"b.weight", {1, 1}, b}}, Dtype::f32);
  const std::string whole = read_text(file);
  REQUIRE(verdict(folder, whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(verdict(folder, whole.substr(0, size)).empty());
  }
  int accepted = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      accepted += verdict(folder, flipped).empty() ? 1 : 0;
    }
  }
  // The 16 bytes of data take any bits; so do some of a name.
  CHECK(accepted >= 16 * 8);
  CHECK(accepted < 16 * 8 + 200);
  // Bytes cut out and put in.
  Draws draws(9);
  for (int i = 0; i < 2000; ++i) {
    std::string changed = whole;
    const auto at = static_cast<std::size_t>(draws.below(static_cast<int>(whole.size())));
    if (draws.below(2) == 0) {
      changed.erase(at, static_cast<std::size_t>(draws.below(9)));
    } else {
      changed.insert(at, whole.substr(static_cast<std::size_t>(draws.below(60)),
                                      static_cast<std::size_t>(draws.below(20))));
    }
    (void)verdict(folder, changed);
  }
}

TEST_CASE("what is no file is refused") {
  const TemporaryFolder folder;
  CHECK_REFUSED(SafetensorsFile(folder / "none"), "No such file or directory");
  CHECK_REFUSED(SafetensorsFile(folder.path()), "not a regular file");
  CHECK_REFUSED(SafetensorsFile("/dev/zero"), "not a regular file");
}

TEST_CASE("a file that shrinks while it is read is refused") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  const std::vector<double> values(100'000, 1.0);
  write_safetensors(file, {{"t", {values.size()}, values}}, Dtype::f64);
  SafetensorsFile source(file);
  std::filesystem::resize_file(file, 1000);
  CHECK_REFUSED(source.read("t"), "does not change while it is read");
}

TEST_CASE("the writer refuses what no reader would take") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  const std::vector<double> v = {1, 2};
  CHECK_REFUSED(write_safetensors(file, {{"t", {2}, v}, {"t", {2}, v}}, Dtype::f64), "name taken");
  CHECK_REFUSED(write_safetensors(file, {{"__metadata__", {2}, v}}, Dtype::f64), "name taken");
  CHECK_REFUSED(write_safetensors(file, {{"t", {3}, v}}, Dtype::f64), "2 values in shape [3]");
  CHECK_REFUSED(write_safetensors(file, {{"\xff", {2}, v}}, Dtype::f64), "not UTF-8");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a file that cannot be written leaves everything as it was") {
  const TemporaryFolder folder;
  const auto file = folder / "x.safetensors";
  const std::vector<double> values(100'000, 1.0);
  const auto write = [&](const std::filesystem::path& path) {
    write_safetensors(path, {{"t", {values.size()}, values}}, Dtype::f64);
  };
  CHECK_REFUSED(write(folder / "none" / "x"), "No such file or directory");
  write_text(folder / "plain", "text");
  CHECK_REFUSED(write(folder / "plain" / "x"), "Not a directory");
  std::filesystem::create_directory(folder / "folder");
  CHECK_REFUSED(write(folder / "folder"), "cannot write");
  CHECK(std::filesystem::is_empty(folder / "folder"));

  // A full disk, as a limit on the size of files: the old file stays, the new one leaves no trace.
  write_text(file, "old");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string message = refusal([&] { write(file); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_MESSAGE(contains(message, "File too large; accepted: "), message);
  CHECK(read_text(file) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 3);

  if (::geteuid() != 0) {  // root may write anywhere
    std::filesystem::permissions(folder / "folder", std::filesystem::perms::owner_read);
    CHECK_REFUSED(write(folder / "folder" / "x"), "Permission denied");
    std::filesystem::permissions(folder / "folder", std::filesystem::perms::owner_all);
  }
}

TEST_CASE("a file that is never committed leaves no trace") {
  const TemporaryFolder folder;
  {
    NewFile file(folder / "x");
    file.write("half");
    CHECK_FALSE(std::filesystem::is_empty(folder.path()));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}
