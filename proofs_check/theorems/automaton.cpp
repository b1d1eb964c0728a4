#include "proofs_check/theorems/automaton.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "precision/error.hpp"

namespace carrybit::proofs {

AddTable add_table(const Scalar& scalar) {
  if (scalar.format().width() > 8) {
    throw BadInput(fmt::format("{}: the automaton is built for formats of at most 8 bits",
                               scalar.format().name()));
  }
  AddTable t{scalar.format(), scalar.rounding(), scalar.values(), 0, {}};
  std::unordered_map<std::uint64_t, std::uint8_t> state;
  for (std::size_t i = 0; i < t.values.size(); ++i) {
    const bool nan = lane::is_nan(t.values[i]);
    t.chain += nan ? 0 : 1;
    state[nan ? lane::quiet_nan_word<double> : lane::to_word(t.values[i])] =
        static_cast<std::uint8_t>(i);
  }
  for (const double a : t.values) {
    for (const double x : t.values) {
      const double y = scalar.add(x, a);
      t.sums.push_back(state.at(lane::is_nan(y) ? lane::quiet_nan_word<double> : lane::to_word(y)));
    }
  }
  return t;
}

std::optional<Inversion> find_inversion(const AddTable& table) {
  for (int a = 0; a < table.states(); ++a) {
    int last = -1;  // of the states that a sends to a number
    for (int x = 0; x < table.chain; ++x) {
      if (table.at(x, a) >= table.chain) {
        continue;
      }
      if (last >= 0 && table.at(last, a) > table.at(x, a)) {
        return Inversion{last, x, a};
      }
      last = x;
    }
  }
  return std::nullopt;
}

std::string describe(const AddTable& table, const Inversion& i) {
  const auto value = [&](int state) {
    return decimal(table.values[static_cast<std::size_t>(state)]);
  };
  return fmt::format("[{} + {}] = {} > [{} + {}] = {}", value(i.x), value(i.a),
                     value(table.at(i.x, i.a)), value(i.y), value(i.a), value(table.at(i.y, i.a)));
}

std::vector<Map> letters(const AddTable& table) {
  std::vector<Map> all;
  for (int a = 0; a < table.states(); ++a) {
    const auto row = table.sums.begin() + static_cast<std::ptrdiff_t>(a) * table.states();
    Map map(row, row + table.states());
    if (std::ranges::find(all, map) == all.end()) {
      all.push_back(std::move(map));
    }
  }
  return all;
}

}  // namespace carrybit::proofs
