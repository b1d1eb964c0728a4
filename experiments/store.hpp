#pragma once
// Where a sweep's results are kept: DIR/cells.sqlite, one row a finished cell, each committed by itself and
// flushed to disk. Killing the program at any moment loses nothing that was committed. Any number of
// processes of one machine may use one store; SQLite's write-ahead log needs a local file system.
//
// Schema 1 (user_version), application_id "CBit":
//   results(meaning, cell, result)   keyed by the content of a cell and meaning_version (cell.hpp)
//   plan(position, cell, columns)    the study's rows in order; two may share a cell
//   study(id, text)                  the study file as it was read

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/table.hpp"

struct sqlite3;

namespace carrybit {

/// A row of the plan.
struct PlanRow {
  std::string cell;     // content
  std::string columns;  // JSON
  bool operator==(const PlanRow&) const = default;
};

class Store {
 public:
  enum class Mode : std::uint8_t {
    create,  // made where it does not exist
    open     // must exist
  };
  static constexpr int schema = 1;

  /// Opens and checks the store: that it is one of ours, of a schema known here, and sound. Throws
  /// BadInput, one line, where it is not, or cannot be opened.
  Store(const std::filesystem::path& file, Mode mode);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  const std::filesystem::path& file() const { return file_; }

  /// Puts a finished cell in; one that is there already stays as it is. Throws BadInput where it cannot
  /// be written (a full disk): then nothing of it is in the store.
  void put(std::string_view cell, std::string_view result);
  bool has(std::string_view cell) const;
  std::optional<std::string> find(std::string_view cell) const;

  /// Replaces the plan, in one transaction.
  void set_plan(std::string_view study, const std::vector<PlanRow>& plan);
  std::vector<PlanRow> plan() const;
  std::string study() const;
  /// The plan's rows with the results that are there, all of one moment.
  std::vector<ResultRow> rows() const;

  /// Takes the results of another store that this one lacks. Throws BadInput where both have a cell with
  /// different results: one of them is wrong. Gives the number taken.
  std::size_t take_results(const Store& other);

 private:
  class Statement;
  void check_or_create(Mode mode);
  void check_sound() const;
  void run(const char* sql) const;
  std::int64_t pragma(const char* sql) const;
  [[noreturn]] void fail(std::string_view doing) const;

  std::filesystem::path file_;
  sqlite3* db_ = nullptr;
};

}  // namespace carrybit
