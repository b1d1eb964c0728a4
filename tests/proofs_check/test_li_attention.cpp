// Li et al.'s arithmetic: the counts of uniform attention against the forward pass under the preset, and
// planted faults.

#include <doctest/doctest.h>

#include "proofs_check/theorems/li_attention.hpp"
#include "tests/proofs_check/uniform_model.hpp"

using namespace carrybit;
using namespace carrybit::proofs;

namespace {

double mean_of_ones(int s, int n) {
  Arithmetic a = preset("li2024");
  for (Role* role : a.roles()) {
    role->format = Format::fixed(s, s);
  }
  return test::uniform_mean(a, std::vector<int>(static_cast<std::size_t>(n), 1));
}

}  // namespace

TEST_CASE("the mean of n ones, as the forward pass gives it") {
  for (int s = 1; s <= 3; ++s) {
    const UniformCount c = count_uniform(s);
    CHECK(c.normaliser_wrong == 1 << s);
    CHECK(c.output_stands == (1 << 2 * s) - 1);
    for (int n = 1; n < c.output_wrong; ++n) {
      CHECK(mean_of_ones(s, n) == 1);
    }
    CHECK(mean_of_ones(s, static_cast<int>(c.output_wrong)) == c.output_there);
    CHECK(c.output_there != 1);
    CHECK(mean_of_ones(s, static_cast<int>(c.normaliser_wrong)) == c.output_saturated);
    const double most = exact::largest(Format::fixed(s, s)).to_double();
    CHECK(mean_of_ones(s, static_cast<int>(c.output_stands) - 1) < most);
    CHECK(mean_of_ones(s, static_cast<int>(c.output_stands)) == most);
    CHECK(mean_of_ones(s, static_cast<int>(c.output_stands) + 5) == most);
  }
}

TEST_CASE("[exp(-B_s)] = 0; planted: an exponential that never underflows is seen") {
  const std::vector<Format> formats = {Format::fixed(1, 1), Format::fixed(2, 2)};
  CHECK(find_lowest_not_vanishing(formats, exact::exp).empty());
  const Exponential kept = [](const Number& x, const exact::Context& c) {
    const Number e = exact::exp(x, c);
    return e.is_zero() ? exact::smallest(c.format) : e;
  };
  CHECK_FALSE(find_lowest_not_vanishing(formats, kept).empty());
  const std::vector<Format> with_exponent = {Format::parse("li:e1.s1")};
  CHECK_FALSE(find_lowest_not_vanishing(with_exponent, exact::exp).empty());
}

TEST_CASE("the reports are as expected") {
  Limits limits;
  limits.max_bits = 13;
  CHECK(check_li_exp(limits).as_expected());
  CHECK(check_li_count(limits).as_expected());
}
