// Theorem 5.2 at length: the sizes.

#include "arith_tasks/constructions/iter_add_log.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

/// One adversarial problem of each family, of which every `stride`-th.
void check_long(const std::string& variant, std::size_t stride) {
  const Task task = Task::iter_add(2, 64, 32);
  const Options options{.variant = variant};
  const Format format = smallest_fixed(required(iter_add_log, task, options));
  CAPTURE(variant);
  CAPTURE(format.name());
  std::vector<NamedProblem> some;
  const std::vector<NamedProblem> all = adversarial(task, 1, 1);
  for (std::size_t i = 0; i < all.size(); i += stride) some.push_back(all[i]);
  some.push_back({sample(task, Sampling::uniform, 1, 0), "uniform"});
  const Run run{iter_add_log, task, Arithmetic::uniform(format), options};
  CHECK(verdict(run.over(ProblemSet::of(task, some))) == "");
  const Run below{iter_add_log, task, Arithmetic::uniform(one_bit_less(format)), options};
  const ProblemSet extremes = ProblemSet::of(task, {all.begin(), all.begin() + 3});
  CHECK_FALSE(below.over(extremes).all_exact());
}

}  // namespace

TEST_CASE("64 digits, 32 addends, base 2") {
  check_long("reglu_halved", 1);
  check_long("reglu", 4);
  check_long("relu", 4);
}

}  // namespace carrybit::test
