#pragma once
// Certificates beside exhaustive search, for many tasks and arithmetics.

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "precision/error.hpp"
#include "tests/proofs_check/support.hpp"

namespace carrybit::test {

struct Count {
  int both = 0;                      // certified, and no input is wrong
  int neither = 0;                   // refused, and an input is wrong
  std::vector<std::string> careful;  // refused, though every input is right
};

inline void compare(const std::string& name, const Task& task, const Arithmetic& arithmetic,
                    const std::string& knobs, Count& count) {
  const constructions::Construction& construction = constructions::construction(name);
  const constructions::Options options = constructions::parse_options(knobs);
  std::optional<constructions::Built> built;
  try {
    built.emplace(constructions::build(construction, task, arithmetic, options));
  } catch (const BadInput&) {
    return;  // the format has no score gap, say: nothing to certify
  }
  std::string why;
  const bool certified =
      is_certified(construction, *built, built->weights, arithmetic, options, &why);
  const std::optional<Failure> wrong = wrong_answer(built->weights, arithmetic, task);
  const std::string what =
      fmt::format("{} {} {} {}", name, task.name(), describe(arithmetic), knobs);
  if (std::getenv("CARRYBIT_SHOW") != nullptr && !certified && !wrong)
    std::cout << "careful: " << what << ": " << why << "\n";
  CAPTURE(what);
  CHECK_FALSE((certified && wrong.has_value()));
  if (certified)
    ++count.both;
  else if (wrong)
    ++count.neither;
  else
    count.careful.push_back(what);
}

inline std::vector<Arithmetic> arithmetics(int widest) {
  std::vector<Arithmetic> list;
  for (int width = 2; width <= widest; ++width)
    for (int f = 0; f < std::min(width, 4); ++f)
      list.push_back(Arithmetic::uniform(Format::fixed(width - 1 - f, f)));
  for (int m = 1; m <= widest - 1; ++m) list.push_back(Arithmetic::uniform(Format::floating(8, m)));
  return list;
}

/// Formats of many fraction bits, for what compares real numbers.
inline std::vector<Arithmetic> fine_arithmetics() {
  std::vector<Arithmetic> list;
  for (int i = 2; i <= 7; ++i)
    for (int f = 0; f <= 10; ++f) list.push_back(Arithmetic::uniform(Format::fixed(i, f)));
  for (int m = 1; m <= 11; ++m) list.push_back(Arithmetic::uniform(Format::floating(8, m)));
  return list;
}

inline void compare_all(const std::string& name, const std::vector<Task>& tasks,
                        const std::vector<std::string>& knobs, const std::vector<Arithmetic>& list,
                        Count& count) {
  for (const Task& task : tasks)
    for (const Arithmetic& arithmetic : list)
      for (const std::string& options : knobs) compare(name, task, arithmetic, options, count);
}
inline void compare_all(const std::string& name, const std::vector<Task>& tasks,
                        const std::vector<std::string>& knobs, int widest, Count& count) {
  compare_all(name, tasks, knobs, arithmetics(widest), count);
}

}  // namespace carrybit::test
