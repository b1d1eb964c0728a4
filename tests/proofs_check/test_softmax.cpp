// Rounded softmax: the functions behind the thresholds against the forward pass and against brute force,
// and failing where the claim or the operation is changed.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <cmath>

#include "proofs_check/theorems/softmax.hpp"
#include "tests/proofs_check/uniform_model.hpp"

using namespace carrybit;
using namespace carrybit::proofs;

namespace {

Scalar scalar_of(std::string_view format) { return Scalar(Format::parse(format)); }

}  // namespace

TEST_CASE("a uniform head is the forward pass's") {
  for (const std::string name : {"fp8_e5m2", "fp8_e4m3", "fixed:i3.f4"}) {
    for (const Sum order : {Sum::sequential, Sum::exact}) {
      for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(name));
        a.sum = order;
        a.normalise = normalise;
        const UniformHead head(scalar_of(name), order, normalise);
        for (const int n : {1, 3, 7, 12, 20}) {
          for (const int ones : {0, n / 2, n}) {
            std::vector<int> tokens(static_cast<std::size_t>(n), 0);
            std::fill(tokens.begin(), tokens.begin() + ones, 1);
            CHECK_MESSAGE(test::uniform_mean(a, tokens) == head.mean(ones, n), name);
          }
        }
      }
    }
  }
}

TEST_CASE("collapse: the outputs differ just below n0 and agree from there on") {
  const UniformHead head(scalar_of("fp8_e4m3"), Sum::sequential, Normalise::output);
  const Collapse c = collapse(head, 200);
  CHECK(c.from == 15);
  CHECK(c.for_all);
  CHECK_FALSE(same(head.mean(14, 15), head.mean(14, 16)));
  for (int n = 15; n < 100; ++n) {
    CHECK(same(head.mean(n, n + 1), head.mean(n, n + 2)));
  }
}

TEST_CASE("planted: a bit fewer collapses earlier, exact sums do not collapse at n0") {
  const auto from = [](std::string_view format, Sum order) {
    return collapse(UniformHead(scalar_of(format), order, Normalise::output), 400).from;
  };
  CHECK(from("float:e4.m2", Sum::sequential) < from("float:e4.m3", Sum::sequential));
  CHECK(from("float:e8.m3", Sum::exact) > from("float:e8.m3", Sum::sequential));
  // Cut short, nothing is said of every n.
  CHECK_FALSE(
      collapse(UniformHead(scalar_of("fp16"), Sum::sequential, Normalise::output), 50).for_all);
}

TEST_CASE("dispersion breaks where the normaliser stands still, and not under exact sums") {
  const Scalar scalar = scalar_of("fp8_e5m2");
  CHECK(dispersion_breaks(scalar, Sum::sequential, true, 100) == 22);  // 22 > 8 e
  CHECK(dispersion_breaks(scalar, Sum::sequential, false, 100) == 11);
  CHECK_FALSE(dispersion_breaks(scalar, Sum::sequential, true, 21));
  CHECK_FALSE(dispersion_breaks(scalar, Sum::exact, true, 1000));
}

TEST_CASE("weights vanish under exact sums only") {
  CHECK_FALSE(weights_vanish(scalar_of("fp16"), Sum::sequential));
  const auto exact = weights_vanish(scalar_of("fp16"), Sum::exact);
  REQUIRE(exact);
  CHECK(exact->n == 65520);
  CHECK_FALSE(exact->nan);
  const auto finite = weights_vanish(scalar_of("fp8_e4m3"), Sum::exact);
  REQUIRE(finite);
  CHECK(finite->nan);
  CHECK(finite->n == 465);
  // A fraction too short for 1/n, and a sum that keeps growing: 1/17 is below half of 2^-3.
  const auto coarse = weights_vanish(scalar_of("fixed:i8.f3"), Sum::sequential);
  REQUIRE(coarse);
  CHECK(coarse->n == 16);
}

TEST_CASE("the norm inequality: first violations, and a claim weak or strong enough") {
  const Scalar scalar = scalar_of("fp8_e4m3");
  const NormSearch found = find_norm_violation(scalar, 64, 2.0);
  REQUIRE(found.violation);
  const NormViolation& v = *found.violation;
  CHECK(v.n == 4);
  CHECK(v.norm > 2 * 4 * std::exp(-v.gap));
  // By hand, in the order the violation names.
  const double e = scalar.exp(-v.gap);
  double z = v.winner_last ? 0.0 : 1.0;
  for (int i = 1; i < 4; ++i) {
    z = scalar.add(z, e);
  }
  z = v.winner_last ? scalar.add(z, 1.0) : z;
  CHECK(v.norm == std::abs(1 - scalar.div(1, z)) + 3 * scalar.div(e, z));
  CHECK_FALSE(find_norm_violation(scalar, 3, 2.0).violation);
  CHECK_FALSE(find_norm_violation(scalar, 64, 6.0).violation);
  const auto stronger = find_norm_violation(scalar, 64, 0.5).violation;
  REQUIRE(stronger);
  CHECK(stronger->n == 2);
}

TEST_CASE("the one-hot scale is the least") {
  for (const NamedFormat& f : threshold_formats()) {
    const Scalar scalar(f.format);
    const auto c = one_hot_scale(scalar);
    REQUIRE(c);
    CHECK(scalar.exp(-*c) == 0);
    const auto values = scalar.values();
    const auto at = std::find(values.begin(), values.end(), *c);
    CHECK(scalar.exp(-*(at - 1)) > 0);
  }
}

TEST_CASE("counting: majority and all counts, and a bit fewer counts less") {
  const auto count = [](std::string_view format) {
    return counting(UniformHead(scalar_of(format), Sum::sequential, Normalise::output), 200);
  };
  const Counting c = count("fp8_e4m3");
  CHECK(c.majority == 31);
  CHECK(c.all == 16);
  CHECK(count("float:e4.m2").majority < c.majority);
  const UniformHead head(scalar_of("fp8_e4m3"), Sum::sequential, Normalise::output);
  CHECK(same(head.mean(16, 32), head.mean(17, 32)));
}
