#pragma once
// JSON from files that nobody vouches for: parsed within bounds, and read field by field with
// errors of one line (BadInput): where, what, and what is accepted.

#include <array>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace carrybit {

/// Text of a file or a user, fit for one line of a message: control characters escaped, cut after
/// some 200 bytes.
std::string plain(std::string_view text);
/// The same in quotes: 'heads'.
std::string shown(std::string_view text);

/// Parses one JSON object, stricter than the library does: no key twice in an object, at most 32
/// levels, at most four million values. `where` opens every message.
nlohmann::json parse_json_object(std::string_view text, const std::string& where);

/// The fields of one JSON object, which must outlive this.
class JsonFields {
 public:
  /// Throws BadInput unless `value` is an object.
  JsonFields(const nlohmann::json& value, std::string where);

  const std::string& where() const { return where_; }
  /// The field is there and is not null.
  bool has(std::string_view key) const;

  int integer(std::string_view key, int low = 0, int high = std::numeric_limits<int>::max()) const;
  double number(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::string text(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  JsonFields object(std::string_view key) const;

  /// An enumerator by its name(): one of `values`.
  template <typename Enum, std::size_t N>
  Enum choice(std::string_view key, const std::array<Enum, N>& values) const {
    const std::string chosen = text(key);
    std::vector<std::string_view> names;
    for (const Enum value : values) {
      if (name(value) == chosen) {
        return value;
      }
      names.push_back(name(value));
    }
    refuse_choice(key, names);
  }

  /// Throws BadInput naming the first key that is not accepted, and the nearest that is.
  void refuse_others(std::initializer_list<std::string_view> accepted) const;

  /// Throws BadInput: this field's value is not among what is accepted.
  [[noreturn]] void refuse(std::string_view key, std::string_view accepted) const;

 private:
  const nlohmann::json& at(std::string_view key, std::string_view accepted) const;
  [[noreturn]] void refuse_choice(std::string_view key,
                                  const std::vector<std::string_view>& names) const;

  const nlohmann::json* object_;
  std::string where_;
};

/// ", did you mean 'heads'?" with the candidate nearest to `word`, or nothing where none is close.
std::string nearest_hint(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace carrybit
