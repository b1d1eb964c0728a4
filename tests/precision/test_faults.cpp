// Faults of :trap formats: both engines count the same and name the same operation.

#include <doctest/doctest.h>

#include "tests/precision/lane_check.hpp"

namespace carrybit::test {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Case {
  const char* operation;
  std::vector<double> operands;
  double result;
  const char* fault;  // "" for none
};

void require(const char* name, const std::vector<Case>& cases) {
  const Format format = Format::parse(name);
  Faults exact_total;
  Faults lane_total;
  std::uint64_t expected_total = 0;
  for (const Case& c : cases) {
    CAPTURE(c.operation);
    CAPTURE(c.operands);
    std::vector<Number> x;
    for (const double operand : c.operands) {
      x.push_back(Number::from_double(operand));
    }
    const std::string expected = c.fault == std::string() ? "" : c.fault + (" " + format.name());
    const Operation operation = find_operation(c.operation).value().operation;
    for (const Rounding rounding : all_roundings) {
      Faults faults;
      const exact::Context context{format, rounding, {1, 2}, &faults};
      CHECK(apply_exact(operation, x, context).to_double() == c.result);
      CHECK(faults.first == expected);
      CHECK(faults.count == (expected.empty() ? 0 : 1));
      apply_exact(operation, x, {format, rounding, {1, 2}, &exact_total});
      expected_total += expected.empty() ? 0 : 1;
      for (const Carrier carrier : all_carriers) {
        if (!carries(carrier, format)) {
          continue;
        }
        Faults lane_faults;
        const exact::Context lane_context{format, rounding, {1, 2}, &lane_faults};
        CHECK(apply_lane(carrier, operation, x, lane_context).to_double() == c.result);
        CHECK(lane_faults.count == faults.count);
        CHECK(lane_faults.first == faults.first);
        // Nobody listening: the same result.
        CHECK(apply_lane(carrier, operation, x, {format, rounding, {1, 2}, nullptr}).to_double() ==
              c.result);
      }
      apply_lane(carrier_of(format).value(), operation, x, {format, rounding, {1, 2}, &lane_total});
    }
  }
  CHECK(exact_total.count == expected_total);
  CHECK(lane_total.count == expected_total);
  CHECK(exact_total.first == lane_total.first);
}

TEST_CASE("fixed point") {
  for (const char* name : {"fixed:i2.f0:trap", "fixed:i2.f30:trap", "fixed:i2.f60:trap"}) {
    const double top = exact::largest(Format::parse(name)).to_double();
    const bool whole = Format::parse(name).fraction_bits == 0;
    CAPTURE(name);
    if (whole) {
      require(name, {{"add", {2, 2}, 3, "add overflows"},
                     {"add", {2, 1}, 3, ""},
                     {"sub", {-2, 2}, -3, "sub overflows"},
                     {"sub", {-2, 1}, -3, ""},
                     {"mul", {2, -2}, -3, "mul overflows"},
                     {"fma", {2, 2, 1}, 3, "fma overflows"},
                     {"fma", {2, 2, -1}, 3, ""},
                     {"div", {3, 0}, 3, "div overflows"},
                     {"div", {-3, 0}, -3, "div overflows"},
                     {"div", {0, 0}, 0, "div is invalid in"},
                     {"div", {2, 1}, 2, ""},
                     {"sqrt", {-1}, 0, "sqrt is invalid in"},
                     {"sqrt", {1}, 1, ""},
                     {"exp", {3}, 3, "exp overflows"},
                     {"exp", {0}, 1, ""},
                     {"log", {0}, -3, "log overflows"},
                     {"log", {-1}, 0, "log is invalid in"},
                     {"log", {1}, 0, ""},
                     {"tanh", {0}, 0, ""},
                     {"erf", {0}, 0, ""},
                     {"sin", {0}, 0, ""},
                     {"cos", {0}, 1, ""}});
    } else {
      require(name, {{"add", {2, 2}, top, "add overflows"},
                     {"sub", {-3.5, 0.5}, -top, "sub overflows"},
                     {"sub", {-3.5, 0.25}, -3.75, ""},
                     {"mul", {2, 2}, top, "mul overflows"},
                     {"fma", {2, 2, -0.5}, 3.5, ""},
                     {"div", {1, 0.25}, top, "div overflows"},
                     {"div", {0, 0}, 0, "div is invalid in"},
                     {"sqrt", {-1}, 0, "sqrt is invalid in"},
                     {"exp", {2}, top, "exp overflows"},
                     {"log", {0}, -top, "log overflows"}});
    }
  }
}

TEST_CASE("results that do not fit because of their last bit") {
  // 1 does not fit in fixed:i0.f3; 15/16 rounds to it.
  const Format f = Format::parse("fixed:i0.f3:trap");
  for (const auto& [rounding, faulty] : {std::pair{Rounding::rne, true},
                                         {Rounding::rz, false},
                                         {Rounding::ru, true},
                                         {Rounding::rd, false},
                                         {Rounding::rnz, false},
                                         {Rounding::rna, true},
                                         {Rounding::ro, false}}) {
    Comparer comparer(f);
    const Number x = Number::from_double(0.9375);
    Faults faults;
    CHECK(exact::convert(x, {f, rounding, {}, &faults}).to_double() == 0.875);
    CHECK(faults.any() == faulty);
    comparer.check_converted(x, rounding, {});
    CHECK(comparer.tally().mismatches == 0);
    if (faulty) {
      CHECK(faults.first == "cvt overflows fixed:i0.f3:trap");
    }
  }
  Comparer comparer(Format::parse("fixed:i0.f3:twos:trap"));
  comparer.check_converted(Number::integer(-1), Rounding::rne, {});  // the lowest value is one
  CHECK(comparer.tally().mismatches == 0);
}

TEST_CASE("floats") {
  require("float:e5.m10:trap", {{"add", {65504, 65504}, 65504, "add overflows"},
                                {"mul", {-65504, 2}, -65504, "mul overflows"},
                                {"div", {1, 0}, 65504, "div overflows"},
                                {"div", {-1, 0}, -65504, "div overflows"},
                                {"div", {0, 0}, 0, "div is invalid in"},
                                {"sqrt", {-1}, 0, "sqrt is invalid in"},
                                {"log", {0}, -65504, "log overflows"},
                                {"log", {-2}, 0, "log is invalid in"},
                                {"exp", {12}, 65504, "exp overflows"},
                                {"sqrt", {4}, 2, ""},
                                {"add", {infinite, 1}, 65504, "add overflows"}});
  require("float:e8.m22:trap",
          {{"mul", {0x1p100, 0x1p100}, 0x1.fffffcp127, "mul overflows"},
           {"fma", {0x1p100, 0x1p27, 0x1p127}, 0x1.fffffcp127, "fma overflows"},
           {"fma", {0x1p100, 0x1p28, -0x1p127}, 0x1p127, ""},
           {"exp", {1000}, 0x1.fffffcp127, "exp overflows"}});
  // A NaN operand is a fault of its own.
  const Format f = Format::parse("float:e5.m10:trap");
  Comparer comparer(f);
  const std::array<Number, 2> x = {Number::from_double(not_a_number), Number::integer(1)};
  comparer.check_applied(Operation::add, Rounding::rne, {}, x);
  CHECK(comparer.tally().mismatches == 0);
  Faults faults;
  CHECK(exact::add(x[0], x[1], {f, Rounding::rne, {}, &faults}).is_nan());
  CHECK(faults.first == "add is invalid in float:e5.m10:trap");
}

TEST_CASE("the first fault keeps its name, the others are counted") {
  const Format f = Format::parse("fixed:i2.f0:trap");
  for (const bool lane : {false, true}) {
    Faults faults;
    const exact::Context c{f, Rounding::rne, {}, &faults};
    const auto apply = [&](Operation operation, std::vector<Number> x) {
      return lane ? apply_lane(carrier_of(f).value(), operation, x, c)
                  : apply_exact(operation, x, c);
    };
    apply(Operation::mul, {Number::integer(1), Number::integer(3)});
    CHECK(!faults.any());
    apply(Operation::mul, {Number::integer(2), Number::integer(3)});
    apply(Operation::div, {Number::integer(0), Number::integer(0)});
    apply(Operation::add, {Number::integer(3), Number::integer(3)});
    CHECK(faults.count == 3);
    CHECK(faults.first == "mul overflows fixed:i2.f0:trap");
  }
}

TEST_CASE("formats that do not trap record nothing") {
  for (const char* name :
       {"fixed:i2.f0", "fixed:i2.f0:twos:wrap", "fp16", "float:e5.m10:sat", "fp4_e2m1"}) {
    const Format f = Format::parse(name);
    Faults faults;
    const std::array<Number, 2> x = {exact::largest(f), exact::largest(f)};
    for (const Carrier carrier : all_carriers) {
      if (carries(carrier, f)) {
        apply_lane(carrier, Operation::add, x, {f, Rounding::rne, {}, &faults});
      }
    }
    exact::add(x[0], x[1], {f, Rounding::rne, {}, &faults});
    CHECK(!faults.any());
  }
}

}  // namespace
}  // namespace carrybit::test
