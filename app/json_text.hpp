#pragma once
// Small JSON objects, keys in the order they are added.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace carrybit::app {

class JsonText {
 public:
  void raw(std::string_view key, std::string_view json) {
    text_ += (text_.empty() ? "" : ", ") + nlohmann::json(key).dump() + ": " + std::string(json);
  }
  void add(std::string_view key, std::string_view value) {
    raw(key, nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  void add(std::string_view key, const char* value) { add(key, std::string_view(value)); }
  void add(std::string_view key, const std::string& value) { add(key, std::string_view(value)); }
  void add(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

}  // namespace carrybit::app
