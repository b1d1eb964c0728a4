// The automaton of iterated addition: its table is the exact engine's, and every check of it fails on a
// planted fault.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "proofs_check/theorems/automata.hpp"
#include "proofs_check/theorems/li.hpp"

using namespace carrybit;
using namespace carrybit::proofs;

namespace {

AddTable table_of(std::string_view format, Rounding rounding = Rounding::rne) {
  return add_table(Scalar(Format::parse(format), rounding));
}

int state(const AddTable& t, double value) {
  for (int i = 0; i < t.states(); ++i) {
    if (same(t.values[static_cast<std::size_t>(i)], value)) {
      return i;
    }
  }
  FAIL("no such state");
  return -1;
}

}  // namespace

TEST_CASE("the table of sums is the exact engine's") {
  for (const std::string name : {"fp8_e4m3", "fp6_e3m2", "float:e3.m2:sat:ftz",
                                 "fixed:i2.f2:twos:wrap", "li:e1.s2", "float:e2.m3"}) {
    for (const Rounding r : {Rounding::rne, Rounding::rd, Rounding::ro}) {
      const AddTable t = table_of(name, r);
      const exact::Context context{Format::parse(name), r, {}, nullptr};
      bool equal = true;
      for (int a = 0; a < t.states(); ++a) {
        for (int x = 0; x < t.states(); ++x) {
          const double sum =
              exact::add(Number::from_double(t.values[static_cast<std::size_t>(x)]),
                         Number::from_double(t.values[static_cast<std::size_t>(a)]), context)
                  .to_double();
          equal = equal && same(sum, t.values[t.at(x, a)]);
        }
      }
      CHECK_MESSAGE(equal, name);
    }
  }
}

TEST_CASE("every width has its formats, once") {
  CHECK(formats_of_width(2).size() >= 7);
  for (int width = 2; width <= 8; ++width) {
    const auto formats = formats_of_width(width);
    for (std::size_t i = 0; i < formats.size(); ++i) {
      CHECK(formats[i].width() == width);
      CHECK(std::count(formats.begin(), formats.end(), formats[i]) == 1);
    }
  }
}

TEST_CASE("saturating and IEEE sums are monotone, wrapping ones are not") {
  CHECK_FALSE(find_inversion(table_of("fp8_e4m3")));
  CHECK_FALSE(find_inversion(table_of("fp8_e5m2")));
  CHECK_FALSE(find_inversion(table_of("fixed:i3.f2")));
  const AddTable wrapping = table_of("fixed:i1.f1:twos:wrap");
  const auto found = find_inversion(wrapping);
  REQUIRE(found);
  CHECK(found->x < found->y);
  CHECK(wrapping.at(found->x, found->a) > wrapping.at(found->y, found->a));
}

TEST_CASE("planted: one wrong entry of the table of sums is seen") {
  AddTable t = table_of("float:e3.m2");
  REQUIRE_FALSE(find_inversion(t));
  t.at(state(t, 1.0), state(t, 1.0)) = static_cast<std::uint8_t>(state(t, -1.0));
  const auto found = find_inversion(t);
  REQUIRE(found);
  CHECK(t.values[static_cast<std::size_t>(found->a)] == 1.0);
}

TEST_CASE("monoids: images and elements agree") {
  for (const std::string name :
       {"float:e2.m1", "float:e1.m3", "fixed:i2.f1", "float:e2.m0", "li:e1.s1"}) {
    const auto maps = letters(table_of(name));
    const MonoidCheck images = enumerate_images(maps, 100'000);
    const MonoidCheck all = enumerate_monoid(maps, 100'000);
    REQUIRE_MESSAGE(images.complete, name);
    REQUIRE_MESSAGE(all.complete, name);
    CHECK(images.aperiodic);
    CHECK(all.aperiodic);
    CHECK(all.size >= images.size - 1);  // every image but that of the empty word is some element's
  }
}

TEST_CASE("a saturating counter of 2^w - 1 values has intervals for images") {
  // Of n states, all intervals can be reached that a shift and two clamps leave.
  const auto maps = letters(table_of("fixed:i3.f0"));
  const MonoidCheck images = enumerate_images(maps, 10'000);
  REQUIRE(images.complete);
  CHECK(images.aperiodic);
  CHECK(images.size == 15 * 16 / 2);
}

TEST_CASE("every saturating fixed point of 8 bits is within the usual work") {
  for (const std::string name : {"fixed:i7.f0", "fixed:i7.f0:twos"}) {
    const AutomatonCheck check = check_automaton(table_of(name), usual_automaton_work);
    REQUIRE_MESSAGE(check.images.complete, name);
    CHECK(check.images.aperiodic);
    const auto n = static_cast<std::uint64_t>(check.states);
    CHECK(check.images.size == n * (n + 1) / 2);
  }
}

TEST_CASE("wrap-around: the cyclic group of all states, by both enumerations") {
  const auto maps = letters(table_of("fixed:i3.f0:twos:wrap"));
  const MonoidCheck images = enumerate_images(maps, 1000);
  CHECK_FALSE(images.aperiodic);
  CHECK(images.moved.size() == 16);
  CHECK(images.group_order == 16);
  CHECK(images.element_order == 16);
  const MonoidCheck all = enumerate_monoid(maps, 1000);
  CHECK_FALSE(all.aperiodic);
  CHECK(all.size == 16);
}

TEST_CASE("planted: a map that swaps two values makes a group of order 2") {
  AddTable t = table_of("float:e2.m1");
  const int one = state(t, 1.0), two = state(t, 2.0), plus = state(t, 0.5);
  t.at(one, plus) = static_cast<std::uint8_t>(two);
  t.at(two, plus) = static_cast<std::uint8_t>(one);
  const AutomatonCheck check = check_automaton(t, 100'000'000);
  CHECK_FALSE(check.inversion.empty());
  REQUIRE(check.images.complete);
  CHECK_FALSE(check.images.aperiodic);
  CHECK(check.images.group_order >= 2);
}

TEST_CASE("an enumeration that is cut short says nothing") {
  const auto maps = letters(table_of("float:e3.m1"));
  CHECK_FALSE(enumerate_images(maps, 20).complete);
  CHECK_FALSE(enumerate_monoid(maps, 20).complete);
}

TEST_CASE("the reports are as expected") {
  Limits limits;
  limits.max_bits = 4;
  CHECK(check_li_monotone(limits).as_expected());
  CHECK(check_li_aperiodic(limits).as_expected());
  CHECK(check_feng_ac0(limits).as_expected());
}
