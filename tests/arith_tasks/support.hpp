#pragma once
// What the tests of arith_tasks/ share.

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "arith_tasks/problem.hpp"
#include "precision/error.hpp"

namespace carrybit::test {

/// The text of the BadInput that `action` throws; "no error" if it throws none.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "no error";
}

/// The value of digits, least significant first; the caller keeps it within 128 bits.
__extension__ using Wide = unsigned __int128;
inline Wide value_of(const Digits& digits, int base) {
  Wide value = 0;
  for (std::size_t i = digits.size(); i-- > 0;)
    value = value * static_cast<unsigned>(base) + static_cast<unsigned>(digits[i]);
  return value;
}

/// The school method, knowing nothing of exact_answer(): columns, then one pass of carries.
inline Digits school_answer(const Task& task, const Problem& problem) {
  const auto& x = problem.operands;
  std::vector<std::int64_t> columns(static_cast<std::size_t>(task.answer_digits()), 0);
  const auto put = [&](std::size_t place, std::int64_t amount) {
    if (place < columns.size()) columns[place] += amount;
  };
  const auto n = static_cast<std::size_t>(task.digits());
  if (task.kind() == TaskKind::mul) {
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) put(i + j, std::int64_t{x[0][i]} * x[1][j]);
  } else if (task.kind() == TaskKind::add || task.kind() == TaskKind::iter_add) {
    for (const Digits& operand : x)
      for (std::size_t i = 0; i < n; ++i) put(i, operand[i]);
  } else {
    std::int64_t balance = 0;  // ones minus zeros
    for (const int bit : x[0]) balance += bit == 1 ? 1 : -1;
    // ones = (n + balance) / 2
    put(0, task.kind() == TaskKind::majority ? (balance > 0 ? 1 : 0)
                                             : ((task.digits() + balance) / 2) % 2);
    return {static_cast<int>(columns[0])};
  }
  Digits out;
  std::int64_t carry = 0;
  for (const std::int64_t column : columns) {
    out.push_back(static_cast<int>((column + carry) % task.base()));
    carry = (column + carry) / task.base();
  }
  return out;
}

}  // namespace carrybit::test
