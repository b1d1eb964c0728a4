// The FFN primitives, each alone, for every argument, in saturating formats at the stated bits.

#include <cmath>

#include "tests/arith_tasks/constructions/bench.hpp"

namespace carrybit::test {

namespace {

std::vector<Format> formats(const Needs& needs) {
  return {fixed_for(needs), fixed_for(needs, 3), smallest_floating(needs, 8)};
}

/// Runs one FFN layer on arguments t = low..high, one a position; reads the outs.
template <class Write>
std::vector<std::vector<double>> run_units(const Arithmetic& arithmetic, int low, int high,
                                           int outs, const Write& write) {
  Bench bench(high - low + 1, arithmetic);
  const Channel t = bench.program.channel("t", Range::integers(low, high), "");
  const std::vector<Channel> out = bench.program.channels("out", outs, Range::integers(-9, 9), "");
  for (int x = low; x <= high; ++x) bench.program.position(x - low, t, x);
  bench.program.next_layer();
  write(bench, Form(t), out);
  return bench.run(out);
}

}  // namespace

TEST_CASE("STEP and SPIKE are thresholds of every integer up to T") {
  for (const int top : {1, 3, 7, 10})
    for (int x = 1; x <= top; ++x) {
      Needs need;
      need.add("T", top);
      for (const Format& format : formats(need)) {
        const auto values =
            run_units(Arithmetic::uniform(format), -top, top, 2,
                      [&](Bench& bench, const Form& t, const std::vector<Channel>& out) {
                        const Range range = Range::integers(-top, top);
                        step(bench.program, {.name = "s",
                                             .argument = t,
                                             .range = range,
                                             .threshold = x,
                                             .outputs = {{out[0], 1}}});
                        spike(bench.program, {.name = "p",
                                              .argument = t,
                                              .range = range,
                                              .point = x,
                                              .outputs = {{out[1], -1}}});
                        CHECK(bench.program.needs().largest(1) == top);
                      });
        for (int t = -top; t <= top; ++t) {
          CHECK(values[static_cast<std::size_t>(t + top)][0] == (t >= x ? 1 : 0));
          CHECK(values[static_cast<std::size_t>(t + top)][1] == (t == x ? -1 : 0));
        }
      }
    }
}

TEST_CASE("TENTS is t mod p, one-hot") {
  for (const int p : {2, 3, 10})
    for (const int top : {1, 2 * p - 1, 3 * p}) {
      Needs need;
      need.add("T", top);
      for (const Format& format : formats(need)) {
        const auto values = run_units(
            Arithmetic::uniform(format), -2, top, p,
            [&](Bench& bench, const Form& t, const std::vector<Channel>& out) {
              bench.program.everywhere(out[0], 1);
              tents(
                  bench.program,
                  {.name = "t", .argument = t, .range = Range::integers(-2, top), .outputs = out});
            });
        for (int t = -2; t <= top; ++t)
          for (int v = 0; v < p; ++v)
            CHECK(values[static_cast<std::size_t>(t + 2)][static_cast<std::size_t>(v)] ==
                  ((t < 0 ? 0 : t % p) == v ? 1 : 0));
      }
    }
}

TEST_CASE("one bit below, the tents of the largest argument collapse") {
  const auto values = run_units(
      Arithmetic::uniform(Format::fixed(3, 0)), 0, 9, 5,
      [](Bench& bench, const Form& t, const std::vector<Channel>& out) {
        bench.program.everywhere(out[0], 1);
        tents(bench.program,
              {.name = "t", .argument = t, .range = Range::integers(0, 9), .outputs = out});
      });
  CHECK(values[7][2] == 1);
  CHECK(values[9][4] != 1);  // 9 is no number of fixed:i3.f0
}

TEST_CASE("AND of many bits in two bits, whatever their order") {
  constexpr int bits = 5;
  for (const char* name : {"fixed:i1.f0", "fixed:i1.f2", "fp4_e2m1", "float:e8.m0"})
    for (int yes = 0; yes < bits; ++yes) {  // the one +1 before, among or after the -1s
      const Format format = Format::parse(name);
      Bench bench(1 << bits, Arithmetic::uniform(format), without_attention(format));
      const std::vector<Channel> x = bench.program.channels("x", bits, Range::bit(), "");
      const Channel out = bench.channel("out", 1);
      for (int t = 0; t < 1 << bits; ++t)
        for (int i = 0; i < bits; ++i)
          bench.program.position(t, x[static_cast<std::size_t>(i)], t >> i & 1);
      std::vector<Channel> no = x;
      no.erase(no.begin() + yes);
      bench.program.next_layer();
      and_unit(
          bench.program,
          {.name = "a", .yes = x[static_cast<std::size_t>(yes)], .no = no, .outputs = {{out, 1}}});
      const auto values = bench.run({out});
      for (int t = 0; t < 1 << bits; ++t)
        CHECK(values[static_cast<std::size_t>(t)][0] == (t == 1 << yes ? 1 : 0));
    }
}

TEST_CASE("PICK and TIMES") {
  Needs need;
  need.add("largest", 36);
  for (const Format& format : formats(need)) {
    Bench bench(49, Arithmetic::uniform(format));
    Program& p = bench.program;
    const Channel x = p.channel("x", Range::integers(0, 6), "");
    const Channel y = p.channel("y", Range::integers(-6, 6), "");
    const Channel off = p.channel("off", Range::bit(), "");
    const Channel picked = bench.channel("picked", 6);
    const Channel product = bench.channel("product", 36);
    for (int t = 0; t < 49; ++t) {
      p.position(t, x, t % 7);
      p.position(t, y, t / 7 - 3);
      p.position(t, off, t % 2);
    }
    p.next_layer();
    pick(p, {.name = "p",
             .argument = x,
             .range = Range::integers(0, 6),
             .off = off,
             .outputs = {{picked, 1}}});
    times(p, {.name = "x",
              .left = x,
              .right = y,
              .left_range = Range::integers(0, 6),
              .right_range = Range::integers(-6, 6),
              .outputs = {{product, 1}}});
    CHECK(p.needs().largest(1) == 36);
    const auto values = bench.run({picked, product});
    for (int t = 0; t < 49; ++t) {
      CHECK(values[static_cast<std::size_t>(t)][0] == (t % 2 == 0 ? t % 7 : 0));
      CHECK(values[static_cast<std::size_t>(t)][1] == (t % 7) * (t / 7 - 3));
    }
  }
}

}  // namespace carrybit::test
