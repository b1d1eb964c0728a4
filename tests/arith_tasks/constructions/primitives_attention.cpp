// The attention primitives, each alone: the contract at the stated bits, for every query and key, and what
// happens one bit below.

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/arith_tasks/constructions/bench.hpp"

namespace carrybit::test {

namespace {

/// Formats at a primitive's needs: integers, fractions, a float.
std::vector<Format> formats(const Needs& needs) {
  return {fixed_for(needs), fixed_for(needs, 1), fixed_for(needs, 4), smallest_floating(needs, 8)};
}

struct Found {
  int wrong = 0;
  int count = 0;
};

/// MATCH over all places: keys 0..N-1 in order, each behind a masked twin; then one query for each place.
Found run_match(const AddressCode& code, const Arithmetic& arithmetic) {
  const int n = code.count();
  Bench bench(3 * n, arithmetic);
  Program& p = bench.program;
  const Group key = address_channels(p, "k", code, "");
  const Group query = address_channels(p, "q", code, "");
  const Group out = address_channels(p, "out", code, "");
  const Channel role = bench.channel("role", 1);
  const Channel mask = bench.channel("mask", 1);
  p.everywhere(mask, 1);
  for (int v = 0; v < n; ++v) {
    put_address(p, 2 * v, key, code, v);
    put_address(p, 2 * v + 1, key, code, v);
    p.position(2 * v + 1, mask, 0);
    put_address(p, 2 * n + v, query, code, v);
    p.position(2 * n + v, role, 1);
  }
  p.next_layer();
  match(p, {.name = "bench",
            .code = code,
            .query = query,
            .role = role,
            .key = key,
            .flag = bench.one,
            .masks = {mask},
            .values = fetch(key.all(), out.all())});
  const auto values = bench.run(out.components);
  Found found;
  for (int v = 0; v < n; ++v, ++found.count)
    for (int c = 0; c < code.digits(); ++c)
      if (values[static_cast<std::size_t>(2 * n + v)][static_cast<std::size_t>(c)] !=
          code.component(v, c)) {
        ++found.wrong;
        break;
      }
  return found;
}

Needs needs_of_match(const AddressCode& code) { return needs(Match{.name = "", .code = code}); }

}  // namespace

TEST_CASE("address codes: every place apart, components within b") {
  for (const int n : {1, 2, 3, 9, 10, 64, 100})
    for (const int r : {1, 2, 3, 4}) {
      const AddressCode code(n, r);
      CHECK(std::pow(code.radix(), r) >= n);
      CHECK((code.radix() == 1 || std::pow(code.radix() - 1, r) < n));
      std::vector<std::vector<int>> seen;
      for (int v = 0; v < n; ++v) {
        std::vector<int> components;
        for (int c = 0; c < r; ++c) {
          components.push_back(code.component(v, c));
          CHECK(std::abs(components.back()) <= code.bound());
        }
        CHECK(std::find(seen.begin(), seen.end(), components) == seen.end());
        seen.push_back(components);
      }
    }
  CHECK(AddressCode::balanced_ternary(28).digits() == 4);
  CHECK(AddressCode::balanced_ternary(28).bound() == 1);
}

TEST_CASE("MATCH finds every place at its bits, under its mask") {
  for (const int n : {1, 2, 3, 5, 9, 17, 40})
    for (const int r : {1, 2, 3}) {
      const AddressCode code(n, r);
      for (const Format& format : formats(needs_of_match(code)))
        for (const Shift shift : {Shift::max, Shift::none}) {
          Arithmetic arithmetic = Arithmetic::uniform(format);
          arithmetic.shift = shift;
          CAPTURE(format.name());
          CHECK(run_match(code, arithmetic).wrong == 0);
        }
    }
}

TEST_CASE("MATCH fails one bit below") {
  for (const auto& [n, r] : {std::pair{5, 1}, {9, 1}, {40, 1}, {17, 2}, {40, 2}}) {
    const Needs needs = needs_of_match(AddressCode(n, r));
    CHECK(run_match(AddressCode(n, r), Arithmetic::uniform(one_bit_less(fixed_for(needs)))).wrong >
          0);
    CHECK(
        run_match(AddressCode(n, r), Arithmetic::uniform(one_bit_less(smallest_floating(needs, 8))))
            .wrong > 0);
  }
}

TEST_CASE("MATCH: universal dummies match every query, constant queries their own place") {
  const AddressCode code(6, 1);
  Bench bench(12, Arithmetic::uniform(fixed_for(needs_of_match(code), 2)));
  Program& p = bench.program;
  const Group key = address_channels(p, "k", code, "");
  const Group query = address_channels(p, "q", code, "");
  const Channel role = bench.channel("role", 1);
  const Channel flag = bench.channel("flag", 1);
  const Channel mask = bench.channel("mask", 1);
  const Channel here = bench.channel("here", 1);
  const Channel share = bench.channel("share", 1);
  const Channel constant = bench.channel("constant", 3);
  p.everywhere(mask, 1);
  p.everywhere(flag, 1);
  p.position(0, flag, 0);  // the dummy: no address, value 0
  p.position(0, mask, 0);
  for (int v = 0; v < 6; ++v) {
    put_address(p, 1 + v, key, code, v);
    p.position(1 + v, mask, 0);
    p.position(1 + v, here, 1);
  }
  put_address(p, 8, query, code, 4);
  p.position(8, role, 1);
  p.next_layer();
  match(p, {.name = "with dummy",
            .code = code,
            .query = query,
            .role = role,
            .key = key,
            .flag = flag,
            .masks = {mask},
            .values = {{here, share}},
            .winners = 2});
  match(p, {.name = "constant",
            .code = code,
            .query = {},
            .place = 2,
            .role = role,
            .key = key,
            .flag = bench.one,
            .masks = {mask},
            .values = {{key.components[0], constant}}});
  const auto values = bench.run({share, constant});
  CHECK(values[8][0] == 0.5);
  // The dummy has flag 0 only for the first head; here it scores like the place of component 0.
  CHECK(values[8][1] == code.component(2, 0));
}

TEST_CASE("a STRONG mask holds against every garbage address") {
  for (const int n : {2, 5, 9}) {
    const AddressCode code(n, 1);
    const int b = code.bound();
    const int parts = b > 2 ? 1 : 2;  // halves too, of the smaller ones
    const int garbage = (4 * b * parts + 1) * (2 * b * b * parts + 1);
    for (const Format& format : formats(needs_of_match(code)))
      for (int q = 0; q < n; ++q) {
        Bench bench(garbage + 3, Arithmetic::uniform(format));
        Program& p = bench.program;
        const Channel garbage_k = p.channel("k", Range::reals(-2 * b, 2 * b), "");
        const Channel garbage_square = p.channel("k^2", Range::reals(0, 2 * b * b), "");
        const Group key{{garbage_k}, {garbage_square}};
        const Group query = address_channels(p, "q", code, "");
        const Channel role = bench.channel("role", 1);
        const Channel strong = bench.channel("strong", 1);
        const Channel value = bench.channel("value", 1);
        const Channel out = bench.channel("out", 1);
        p.everywhere(strong, 1);
        int t = 0;
        const double most = largest_value(format);
        for (int k = -2 * b * parts; k <= 2 * b * parts; ++k)
          for (int square = 0; square <= 2 * b * b * parts; ++square, ++t) {
            p.position(t, garbage_k, std::clamp<double>(1.0 * k / parts, -most, most));
            p.position(t, garbage_square, std::min<double>(1.0 * square / parts, most));
            p.position(t, value, 1);
          }
        put_address(p, t, key, code, q);
        p.position(t, strong, 0);
        put_address(p, t + 1, query, code, q);
        p.position(t + 1, role, 1);
        p.next_layer();
        match(p, {.name = "bench",
                  .code = code,
                  .query = query,
                  .role = role,
                  .key = key,
                  .flag = bench.one,
                  .strong = strong,
                  .values = {{value, out}}});
        CAPTURE(format.name());
        CAPTURE(code.component(q, 0));
        CHECK(bench.run({out})[static_cast<std::size_t>(t + 1)][0] == 0);
      }
  }
}

namespace {

/// NEAR over N ranks with a random set of blocked keys; queries after them. How many go wrong.
int run_near(int ranks, const Arithmetic& arithmetic, unsigned seed) {
  std::mt19937 random(seed);
  int wrong = 0;
  for (int round = 0; round < 12; ++round) {
    Bench bench(ranks + 3, arithmetic);
    Program& p = bench.program;
    const Channel role = bench.channel("role", 1);
    const Channel rank = bench.channel("rank", no_rank(ranks));
    const Channel blocked = bench.channel("blocked", 1);
    const Channel wins = bench.channel("wins", 1);
    const Channel loses = bench.channel("loses", 1);
    const Channel won = bench.channel("won", 1);
    const Channel lost = bench.channel("lost", ranks + 3);
    p.everywhere(rank, no_rank(ranks));
    p.everywhere(loses, 1);
    // One rank wins: all below it are blocked; above it some.
    const int winner = round == 0   ? 0
                       : round == 1 ? ranks - 1
                                    : static_cast<int>(random() % static_cast<unsigned>(ranks));
    for (int j = 0; j < ranks; ++j) {
      p.position(ranks - 1 - j, rank, centred_rank(j, ranks));
      if (j < winner || (j > winner && random() % 2 == 0)) p.position(ranks - 1 - j, blocked, 1);
    }
    p.position(ranks - 1 - winner, wins, 1);
    p.position(ranks - 1 - winner, loses, 0);
    p.position(ranks + 1, blocked, 1);
    p.position(ranks + 2, role, 1);
    p.next_layer();
    near(p, {.name = "bench",
             .role = role,
             .rank = rank,
             .blocked = blocked,
             .ranks = ranks,
             .values = {{wins, won}, {loses, lost}}});
    // All weight on the winner, none on any other: a mean that happens to be right does not count.
    const auto at_query = bench.run({won, lost})[static_cast<std::size_t>(ranks + 2)];
    if (at_query != std::vector<double>{1, 0}) ++wrong;
  }
  return wrong;
}

}  // namespace

TEST_CASE("NEAR finds the smallest unblocked rank at its bits, not one bit below") {
  for (const int ranks : {1, 2, 3, 4, 7, 8, 15, 30}) {
    const Needs need = needs(Near{.name = "", .ranks = ranks});
    CHECK(need.largest(1) == std::max(1, (ranks + 1) / 2));
    for (const Format& format : formats(need)) {
      CAPTURE(format.name());
      CHECK(run_near(ranks, Arithmetic::uniform(format), 1) == 0);
    }
    if (ranks >= 3)
      CHECK(run_near(ranks, Arithmetic::uniform(one_bit_less(fixed_for(need))), 1) > 0);
  }
}

namespace {

/// NEAR WITHIN: `groups` groups of `ranks`, their sentinels before them; one query a group.
int run_near_within(const AddressCode& code, int ranks, const Arithmetic& arithmetic,
                    unsigned seed) {
  std::mt19937 random(seed);
  const int groups = code.count();
  const int keys = groups * (ranks + 1);
  Bench bench(keys + groups, arithmetic);
  Program& p = bench.program;
  const Group group = address_channels(p, "g", code, "");
  const Channel role = bench.channel("role", 1);
  const Channel rank = bench.channel("rank", ranks + 1);
  const Channel blocked = bench.channel("blocked", 1);
  // The winner of every group by itself, and all that win nowhere together.
  const std::vector<Channel> wins = p.channels("wins", groups, Range::bit(), "");
  const Channel loses = bench.channel("loses", 1);
  std::vector<Channel> out = p.channels("won", groups, Range::bit(), "");
  std::vector<Fetch> values = fetch(wins, out);
  out.push_back(bench.channel("lost", keys));
  values.push_back({loses, out.back()});
  p.everywhere(rank, ranks + 1);
  p.everywhere(loses, 1);
  for (int g = 0; g < groups; ++g) {
    int least = ranks;
    for (int j = 0; j <= ranks; ++j) {
      const int t = g * (ranks + 1) + j;
      put_address(p, t, group, code, g);
      p.position(t, rank, j);
      const bool free = j == ranks || random() % (g % 3 == 0 ? 20 : 3) == 0;
      if (free) least = std::min(least, j);
      if (!free) p.position(t, blocked, 1);
    }
    p.position(g * (ranks + 1) + least, wins[static_cast<std::size_t>(g)], 1);
    p.position(g * (ranks + 1) + least, loses, 0);
    put_address(p, keys + g, group, code, g);
    p.position(keys + g, role, 1);
  }
  p.next_layer();
  near_within(p, {.name = "bench",
                  .code = code,
                  .group = group,
                  .role = role,
                  .flag = bench.one,
                  .rank = rank,
                  .blocked = blocked,
                  .ranks = ranks,
                  .values = values});
  const auto rows = bench.run(out);
  int wrong = 0;
  for (int g = 0; g < groups; ++g) {
    std::vector<double> expected(out.size(), 0);
    expected[static_cast<std::size_t>(g)] = 1;
    wrong += rows[static_cast<std::size_t>(keys + g)] != expected;
  }
  return wrong;
}

}  // namespace

TEST_CASE("NEAR WITHIN finds the smallest unblocked rank of its group, or the sentinel") {
  for (const auto& [groups, digits, ranks] :
       {std::tuple{2, 1, 2}, {3, 1, 1}, {9, 2, 4}, {9, 1, 3}, {17, 3, 8}, {20, 2, 5}}) {
    const AddressCode code(groups, digits);
    const Needs need = needs(NearWithin{.name = "", .code = code, .ranks = ranks});
    for (unsigned seed = 0; seed < 4; ++seed)
      for (const Format& format : formats(need))
        CHECK(run_near_within(code, ranks, Arithmetic::uniform(format), seed) == 0);
  }
}

TEST_CASE("NEAR WITHIN fails one bit below") {
  for (const auto& [groups, digits, ranks] : {std::tuple{9, 1, 6}, {3, 1, 4}, {17, 3, 8}}) {
    const AddressCode code(groups, digits);
    const Needs need = needs(NearWithin{.name = "", .code = code, .ranks = ranks});
    CHECK(run_near_within(code, ranks, Arithmetic::uniform(one_bit_less(fixed_for(need))), 1) > 0);
  }
}

namespace {

/// FLOOR of x = 0..X by Q with k entries: how many quotients are wrong.
int run_floor(int entries, std::int64_t q, std::int64_t most, const Arithmetic& arithmetic) {
  const auto count = static_cast<int>(most) + 1;
  Bench bench(entries + count, arithmetic);
  Program& p = bench.program;
  const FloorTable table = floor_table(p, entries);
  const Channel role = bench.channel("role", 1);
  const Channel x = bench.channel("x", static_cast<double>(most));
  const Channel out = bench.channel("out", entries);
  for (int i = 0; i < count; ++i) {
    p.position(entries + i, role, 1);
    p.position(entries + i, x, i);
  }
  p.next_layer();
  floor_divide(p, constant_divisor({.name = "bench",
                                    .table = table,
                                    .role = role,
                                    .argument = x,
                                    .divisor = {},
                                    .offset = {},
                                    .parity = {},
                                    .values = {{table.quotient(), out}}},
                                   q, most));
  const auto values = bench.run({out});
  int wrong = 0;
  for (int i = 0; i < count; ++i)
    wrong += values[static_cast<std::size_t>(entries + i)][0] != static_cast<double>(i / q);
  return wrong;
}

Needs needs_of_floor(int entries, std::int64_t q, std::int64_t most) {
  FloorTable table;
  table.entries = entries;
  return needs(Floor{.name = "",
                     .table = table,
                     .role = {},
                     .argument = {},
                     .divisor = {},
                     .offset = {},
                     .parity = {},
                     .cases = {{q, most}}});
}

}  // namespace

TEST_CASE("FLOOR divides every argument at its bits, not one bit below") {
  int tight = 0;
  int cases = 0;
  for (const int entries : {1, 2, 3, 5, 8, 12})
    for (const std::int64_t q : {2, 3, 4, 9, 10}) {
      const std::int64_t most = entries * q - 1;
      const Needs need = needs_of_floor(entries, q, most);
      for (const Format& format : formats(need)) {
        CAPTURE(entries);
        CAPTURE(q);
        CHECK(run_floor(entries, q, most, Arithmetic::uniform(format)) == 0);
      }
      ++cases;
      tight += run_floor(entries, q, most, Arithmetic::uniform(one_bit_less(fixed_for(need)))) > 0;
    }
  CHECK(tight >= cases * 2 / 3);  // the bound is sufficient, and mostly necessary
}

TEST_CASE("an exact mean over 2^kappa ties, both ways to normalise, and its slack of K/2 - 1") {
  for (const int ties : {1, 2, 8})
    for (const Normalise normalise : {Normalise::output, Normalise::weights})
      for (int total = 0; total <= 5; ++total) {
        Needs need;
        Mean claim{.name = "",
                   .ties = ties,
                   .numerator = 5.0 * ties,
                   .largest_value = 1.0 * ties,
                   .normalise = normalise};
        need = needs(claim);
        const int kappa = static_cast<int>(std::log2(ties));
        const int fraction = normalise == Normalise::weights ? kappa : 0;
        need.add("uniform", 0, 1);
        Arithmetic arithmetic = Arithmetic::uniform(fixed_for(need, fraction));
        arithmetic.normalise = normalise;
        Bench bench(ties + 2, arithmetic);
        Program& p = bench.program;
        const Channel role = bench.channel("role", 1);
        const Channel mask = bench.channel("mask", 1);
        const Channel value = bench.channel("value", 5.0 * ties);
        const Channel out = bench.channel("out", 5);
        p.everywhere(mask, 1);
        int left = total * ties;  // several numbers up to 5 * ties that sum to total * ties
        for (int t = 0; t < ties; ++t) {
          p.position(t, mask, 0);
          const int part = t + 1 == ties ? left : std::min(left, ties);
          p.position(t, value, part);
          left -= part;
        }
        p.position(ties + 1, role, 1);
        p.next_layer();
        uniform(p, {.name = "bench", .role = role, .mask = mask, .values = {{value, out}}});
        exact_mean(p, claim);
        CAPTURE(arithmetic.label);
        CHECK(bench.run({out})[static_cast<std::size_t>(ties + 1)][0] == total);
      }
}

}  // namespace carrybit::test
