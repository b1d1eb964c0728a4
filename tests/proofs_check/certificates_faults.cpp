// Soundness, by trying to break it: hundreds of faults planted in the weights. A certificate for faulty
// weights is right where no input is answered wrong (a fault may do no harm), and only there.

#include "tests/proofs_check/faults.hpp"

namespace carrybit::test {

TEST_CASE("no fault in the weights gets a certificate that it does not deserve") {
  Tally tally;
  try_faults("add_constant", Task::add(2, 3), "fixed:i1.f0", "", 120, tally);
  try_faults("add_constant", Task::add(2, 3), "fixed:i2.f1", "variant=rel", 60, tally);
  try_faults("add_log", Task::add(2, 4), "fixed:i2.f0", "", 150, tally);
  try_faults("add_log", Task::add(3, 2), "float:e8.m3", "", 80, tally);
  try_faults("add_log", Task::add(2, 5), "fixed:i3.f0", "levels=2", 150, tally);
  try_faults("add_log", Task::add(2, 5), "float:e8.m3", "levels=3", 60, tally);
  try_faults("iter_add_log", Task::iter_add(2, 2, 3), "fixed:i5.f0", "", 150, tally);
  try_faults("iter_add_log", Task::iter_add(2, 2, 4), "float:e8.m5", "variant=relu", 60, tally);
  try_faults("mul_log", Task::mul(2, 3), "fixed:i4.f0", "", 150, tally);
  try_faults("mul_log", Task::mul(3, 2), "fixed:i8.f0", "variant=relu", 60, tally);
  try_faults("mul_log", Task::mul(2, 3), "fixed:i4.f0", "rounds=1", 120, tally);
  try_faults("mul_log", Task::mul(2, 3), "fixed:i3.f0", "rounds=2,parts=2", 60, tally);
  try_faults("add_prefix_sum", Task::add(2, 4), "fixed:i6.f7", "", 150, tally);
  try_faults("add_prefix_sum", Task::add(3, 2), "float:e8.m8", "", 80, tally);
  try_faults("majority_mean", Task::majority(7), "fixed:i4.f5", "", 60, tally);
  MESSAGE(tally.faults << " faults, " << tally.harmful << " harmful, " << tally.caught
                       << " refused; certified though faulty, and right: "
                       << tally.harmless_certified);
  CHECK(tally.harmful > 300);
  CHECK(tally.caught == tally.harmful);
}

TEST_CASE("a source of carries that is written otherwise than the rest is refused") {
  // The carry head reads a source's address twice; at '=', which alone of the sources answers too, one of
  // the two readings is off by one.
  const constructions::Construction& construction = constructions::construction("add_log");
  const Task task = Task::add(2, 5);
  const Arithmetic arithmetic = Arithmetic::uniform(Format::parse("fixed:i3.f0"));
  for (const char* knobs : {"", "levels=2"}) {
    const constructions::Options options = constructions::parse_options(knobs);
    const auto built = constructions::build(construction, task, arithmetic, options);
    Weights faulty = built.weights;
    const int answers = built.program.find("answers").index;
    faulty.layers.back().key.weight.at(2, answers) = 1;
    CAPTURE(knobs);
    CHECK(is_certified(construction, built, built.weights, arithmetic, options));
    CHECK(wrong_answer(faulty, arithmetic, task).has_value());
    CHECK_FALSE(is_certified(construction, built, faulty, arithmetic, options));
  }
}

TEST_CASE("one bit too few is refused") {
  for (const auto& [name, task, enough, less] :
       {std::tuple{"add_log", "add:p2.n64", "fixed:i6.f0", "fixed:i5.f0"},
        {"add_log", "add:p2.n64", "float:e8.m5", "float:e8.m4"},
        {"iter_add_log", "iter_add:p2.n64.k4", "fixed:i5.f0", "fixed:i4.f0"},
        {"mul_log", "mul:p2.n16", "fixed:i8.f0", "fixed:i7.f0"}}) {
    const auto& construction = constructions::construction(name);
    const Task which = Task::parse(task);
    CAPTURE(name);
    CHECK_NOTHROW(
        certificates::certify(construction, which, Arithmetic::uniform(Format::parse(enough))));
    CHECK_THROWS_AS(
        certificates::certify(construction, which, Arithmetic::uniform(Format::parse(less))),
        certificates::NotCertified);
  }
}

}  // namespace carrybit::test
