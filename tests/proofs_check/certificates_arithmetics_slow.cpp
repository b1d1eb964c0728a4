// Certificates in every way of adding, of multiplying and of putting softmax together, in formats that
// saturate, that have infinities, that have NaN only, and that are wider than the double lanes: against
// exhaustive search, and with faults planted.

#include "tests/proofs_check/agreement.hpp"
#include "tests/proofs_check/faults.hpp"
#include "tests/proofs_check/ways.hpp"

namespace carrybit::test {

namespace {

struct Case {
  const char* name;
  Task task;
  std::vector<std::string> knobs;
};

std::vector<Case> cases() {
  return {{"add_constant", Task::add(2, 3), {"", "variant=rel"}},
          {"add_constant", Task::add(3, 2), {""}},
          {"add_constant", Task::add(10, 1), {""}},
          {"add_log", Task::add(2, 4), {"", "code=onehot", "levels=2"}},
          {"add_log", Task::add(3, 2), {"", "radix=1"}},
          {"add_log", Task::add(10, 1), {""}},
          {"iter_add_log", Task::iter_add(2, 2, 3), {"", "variant=relu", "variant=reglu_halved"}},
          {"iter_add_log", Task::iter_add(3, 1, 3), {""}},
          {"iter_add_log", Task::iter_add(10, 1, 2), {""}},
          {"mul_log", Task::mul(2, 3), {"", "variant=relu", "rounds=1"}},
          {"mul_log", Task::mul(3, 2), {""}},
          {"mul_log", Task::mul(10, 1), {""}},
          {"add_prefix_sum", Task::add(2, 4), {""}},
          {"add_prefix_sum", Task::add(3, 2), {""}},
          {"add_prefix_sum", Task::add(10, 1), {""}},
          {"majority_mean", Task::majority(7), {""}}};
}

std::vector<Format> formats() {
  std::vector<Format> list;
  for (const int i : {1, 2, 3, 5, 7})
    for (const int f : {0, 1, 3, 7}) list.push_back(Format::fixed(i, f));
  list.push_back(Format::fixed(8, 30));
  for (const char* name :
       {"float:e3.m2", "float:e3.m3:sat", "float:e4.m3", "float:e4.m4:fn", "float:e4.m5:sat",
        "fp8_e5m2", "float:e5.m4", "float:e5.m6:ftz", "bf16", "float:e8.m11", "float:e8.m30"})
    list.push_back(Format::parse(name));
  return list;
}

bool certified(const Case& c, const Arithmetic& arithmetic, const std::string& knobs) {
  try {
    const constructions::Construction& construction = constructions::construction(c.name);
    const constructions::Options options = constructions::parse_options(knobs);
    const auto built = constructions::build(construction, c.task, arithmetic, options);
    return is_certified(construction, built, built.weights, arithmetic, options);
  } catch (const BadInput&) {
    return false;  // the format has no score gap, say
  }
}

}  // namespace

TEST_CASE("every way of computing: never certified where an input is wrong") {
  Count count;
  for (const Case& c : cases())
    for (const Way& way : ways())
      for (const Format& format : formats())
        for (const std::string& knobs : c.knobs)
          compare(c.name, c.task, in_way(format, way), knobs, count);
  MESSAGE(count.both << " certified, " << count.neither << " wrong, " << count.careful.size()
                     << " careful");
  CHECK(count.both > 1000);
  CHECK(count.neither > 1000);
}

TEST_CASE("every way of computing: no fault gets a certificate that it does not deserve") {
  Tally tally;
  for (const Case& c : cases())
    for (const Way& way : ways())
      for (const Format& format : formats())
        for (const std::string& knobs : c.knobs) {
          const Arithmetic arithmetic = in_way(format, way);
          if (certified(c, arithmetic, knobs))
            try_faults(c.name, c.task, arithmetic, knobs, 3, tally);
        }
  MESSAGE(tally.faults << " faults, " << tally.harmful << " harmful, " << tally.caught
                       << " refused; certified though faulty, and right: "
                       << tally.harmless_certified);
  CHECK(tally.harmful > 1000);
  CHECK(tally.caught == tally.harmful);
}

}  // namespace carrybit::test
