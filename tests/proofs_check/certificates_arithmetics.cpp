// Other orders of sums, fused products, softmax put together otherwise, formats wider than the double
// lanes: certificates agree with every input, and faults get none. (certificates_arithmetics_slow.cpp has
// more of all.)

#include "tests/proofs_check/agreement.hpp"
#include "tests/proofs_check/faults.hpp"
#include "tests/proofs_check/ways.hpp"

namespace carrybit::test {

namespace {

std::vector<Format> formats(std::initializer_list<const char*> names) {
  std::vector<Format> list;
  for (const char* name : names) list.push_back(Format::parse(name));
  return list;
}

void compare_ways(const char* name, const std::vector<Task>& tasks, const std::vector<Format>& list,
                  Count& count) {
  for (const Task& task : tasks)
    for (const Way& way : ways())
      for (const Format& format : list) compare(name, task, in_way(format, way), "", count);
}

Way searching(const Way& way) { return {way.sum, way.product, Shift::max, way.normalise}; }

}  // namespace

TEST_CASE("in every way of computing certificates agree with every input") {
  Count count;
  compare_ways("add_constant", {Task::add(2, 2), Task::add(3, 1)},
               formats({"fixed:i1.f0", "float:e4.m2", "fixed:i1.f30"}), count);
  compare_ways("add_log", {Task::add(2, 2), Task::add(3, 1)},
               formats({"fixed:i2.f0", "fixed:i3.f0", "fixed:i8.f5", "float:e8.m3"}), count);
  compare_ways("add_log", {Task::add(10, 1)}, formats({"fixed:i5.f0", "fixed:i8.f24"}), count);
  compare_ways("iter_add_log", {Task::iter_add(2, 1, 3), Task::iter_add(3, 1, 2)},
               formats({"fixed:i4.f0", "fixed:i6.f3", "float:e8.m5"}), count);
  compare_ways("mul_log", {Task::mul(2, 2), Task::mul(3, 1)},
               formats({"fixed:i2.f0", "fixed:i8.f0", "float:e8.m2"}), count);
  compare_ways("add_prefix_sum", {Task::add(2, 2), Task::add(3, 1)},
               formats({"fixed:i5.f5", "fixed:i6.f30", "float:e8.m6"}), count);
  compare_ways("majority_mean", {Task::majority(3), Task::majority(6)},
               formats({"fixed:i2.f2", "fixed:i4.f4", "float:e8.m4"}), count);
  MESSAGE(count.both << " certified, " << count.neither << " wrong, " << count.careful.size()
                     << " careful");
  CHECK(count.both > 100);
  CHECK(count.neither > 30);
  CHECK(count.careful.size() < 4);
}

TEST_CASE("in every way of computing no fault gets a certificate that it does not deserve") {
  Tally tally;
  for (const Way& way : ways()) {
    const auto in = [&](const char* format) { return in_way(Format::parse(format), way); };
    try_faults("add_constant", Task::add(2, 3), in("fixed:i3.f0"), "", 10, tally);
    try_faults("mul_log", Task::mul(2, 2), in("fixed:i5.f0"), "", 10, tally);
    const auto maximum = [&](const char* format) {
      return in_way(Format::parse(format), searching(way));
    };
    try_faults("add_log", Task::add(2, 3), maximum("fixed:i4.f0"), "", 10, tally);
    try_faults("add_log", Task::add(2, 2), maximum("fixed:i8.f30"), "", 4, tally);
    try_faults("iter_add_log", Task::iter_add(2, 2, 2), maximum("fixed:i7.f4"), "", 8, tally);
    try_faults("add_prefix_sum", Task::add(2, 3), maximum("fixed:i6.f9"), "", 5, tally);
  }
  for (const Way& way : {Way{.shift = Shift::none}, {.sum = Sum::exact, .shift = Shift::none}})
    try_faults("add_log", Task::add(2, 2), in_way(Format::parse("fixed:i9.f9"), way), "", 30,
               tally);
  MESSAGE(tally.faults << " faults, " << tally.harmful << " harmful, " << tally.caught
                       << " refused; certified though faulty, and right: "
                       << tally.harmless_certified);
  CHECK(tally.harmful > 100);
  CHECK(tally.caught == tally.harmful);
}

}  // namespace carrybit::test
