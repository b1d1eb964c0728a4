// Records, refusals, and the parts a certificate is made of.

#include <cmath>
#include <map>

#include "precision/error.hpp"
#include "proofs_check/rows.hpp"
#include "proofs_check/weighing.hpp"
#include "tests/proofs_check/support.hpp"

namespace carrybit::test {

using certificates::Atom;
using certificates::Cell;
using certificates::Certificate;
using certificates::Ghosts;
using certificates::GhostTerm;
using certificates::NotCertified;

namespace {

Arithmetic in(const char* format) { return Arithmetic::uniform(Format::parse(format)); }

Certificate some_certificate() {
  return certificates::certify(constructions::construction("add_log"), Task::add(3, 5),
                               in("fixed:i4.f0"));
}

std::string refusal(const Task& task, const Arithmetic& arithmetic, const char* name = "add_log",
                    const char* options = "") {
  try {
    certificates::certify(constructions::construction(name), task, arithmetic,
                          constructions::parse_options(options));
  } catch (const NotCertified& why) {
    return why.what();
  }
  return "";
}

Cell bits(Ghosts& ghosts, double low, double high) {
  const int atom = ghosts.add({"bit", 2, 0, 1, {}, false});
  return ghosts.function(std::vector<int>{atom}, {low, high});
}

}  // namespace

TEST_CASE("a record says what it is of, reads back, and verifies") {
  const Certificate c = some_certificate();
  CHECK(c.construction == "add_log");
  CHECK(c.task == "add:p3.n5");
  CHECK(c.weights.size() == 32);
  CHECK(c.steps.size() == 6);
  for (const auto& step : c.steps) CHECK(step.cases > 0);
  const std::string text = certificates::to_json(c);
  const Certificate again = certificates::certificate_from_json(text, "record");
  CHECK(again == c);
  CHECK(certificates::to_json(again) == text);
  CHECK_NOTHROW(certificates::verify(again));
}

TEST_CASE("a record that says something else does not verify") {
  const Certificate c = some_certificate();
  Certificate other = c;
  other.steps[2].cases += 1;
  CHECK_THROWS_AS(certificates::verify(other), NotCertified);
  other = c;
  other.steps.pop_back();
  CHECK_THROWS_AS(certificates::verify(other), NotCertified);
  other = c;
  other.weights[0] = other.weights[0] == '0' ? '1' : '0';
  CHECK_THROWS_AS(certificates::verify(other), NotCertified);
  other = c;
  other.task = "add:p3.n6";  // other weights
  CHECK_THROWS_AS(certificates::verify(other), NotCertified);
  other = c;
  for (Role* role : other.arithmetic.roles()) role->format = Format::parse("fixed:i3.f0");
  CHECK_THROWS_AS(certificates::verify(other), NotCertified);
  // Other weights than the construction's: by their digest.
  auto built = constructions::build(constructions::construction("add_log"), Task::add(3, 5),
                                    in("fixed:i4.f0"));
  CHECK_NOTHROW(certificates::verify(c, &built.weights));
  built.weights.layers[1].up.weight.at(0, 0) += 1;
  CHECK_THROWS_AS(certificates::verify(c, &built.weights), NotCertified);
}

TEST_CASE("records that are no records get one line") {
  const std::string text = certificates::to_json(some_certificate());
  const auto refused = [](std::string record, const std::string& from, const std::string& to) {
    if (!from.empty()) {
      const auto at = record.find(from);
      REQUIRE(at != std::string::npos);
      record.replace(at, from.size(), to);
    }
    try {
      certificates::certificate_from_json(record, "r.json");
    } catch (const BadInput& error) {
      const std::string line = error.what();
      CHECK(line.find('\n') == std::string::npos);
      return line.starts_with("r.json") || line.find("accepted") != std::string::npos;
    }
    return false;
  };
  CHECK(refused("", "", ""));
  CHECK(refused("{}", "", ""));
  CHECK(refused("[1]", "", ""));
  CHECK(refused(text.substr(0, text.size() / 2), "", ""));
  CHECK(refused(text, "carrybit certificate", "shopping list"));
  CHECK(refused(text, "\"version\": 1", "\"version\": 2"));
  CHECK(refused(text, "\"fixed:i4.f0 rne\"", "\"fixed:i4.f0\""));
  CHECK(refused(text, "\"fixed:i4.f0 rne\"", "\"fixed:q4 rne\""));
  CHECK(refused(text, "\"steps\": [", "\"step\": ["));
  CHECK(refused(text, "\"cases\": ", "\"cases\": -"));
  CHECK(refused(text, "sequential", "sideways"));
}

TEST_CASE("what cannot be followed is refused by name") {
  const Task task = Task::add(2, 3);
  Arithmetic a = in("fixed:i4.f0");
  CHECK(refusal(task, a).empty());
  a.activations.rounding = Rounding::sr;
  CHECK(refusal(task, a).find("stochastic") != std::string::npos);
  a = in("fixed:i4.f0");
  CHECK(refusal(task, in("fp64")).find("40") != std::string::npos);
  CHECK(refusal(task, in("fixed:i4.f0:twos:wrap")).find("wrap") != std::string::npos);
  CHECK(refusal(task, in("fixed:i4.f0:trap")).find("trap") != std::string::npos);
  CHECK(refusal(task, in("float:e*.m6")).find("largest") != std::string::npos);
}

TEST_CASE("a digest is of the values") {
  const auto built = constructions::build(constructions::construction("add_constant"),
                                          Task::add(2, 2), in("fixed:i1.f0"));
  Weights other = built.weights;
  CHECK(certificates::digest(other) == certificates::digest(built.weights));
  for (double& v : other.head.weight.values)
    if (v == 0) v = -0.0;
  CHECK(certificates::digest(other) == certificates::digest(built.weights));
  other.layers[0].key.weight.values[3] += 1;
  CHECK(certificates::digest(other) != certificates::digest(built.weights));
}

TEST_CASE("a format has every multiple of 2^g up to a bound, or not") {
  using certificates::has_grid;
  CHECK(has_grid(Format::fixed(3, 0), 0, 7));
  CHECK_FALSE(has_grid(Format::fixed(3, 0), 0, 8));
  CHECK_FALSE(has_grid(Format::fixed(3, 0), -1, 1));
  CHECK(has_grid(Format::fixed(3, 2), -2, 7.75));
  CHECK(has_grid(Format::floating(8, 3), 0, 16));
  CHECK_FALSE(has_grid(Format::floating(8, 3), 0, 17));
  CHECK(has_grid(Format::floating(8, 3), 1, 32));
  CHECK(certificates::last_bit(6) == 1);
  CHECK(certificates::last_bit(0.375) == -3);
  CHECK(certificates::last_bit(-1024) == 10);
}

TEST_CASE("all values of a format between two of them") {
  using certificates::values_between;
  for (const char* name : {"fp8_e5m2", "fp8_e4m3", "fixed:i3.f2", "float:e3.m2:ftz"}) {
    const Format format = Format::parse(name);
    const double top = 3;
    const auto found = values_between(format, -top, top);
    REQUIRE(found);
    std::vector<double> expected;
    certificates::ProofEngine engine(Arithmetic::uniform(format));
    // By rounding a grid that is finer than the format.
    for (int i = -3 * 65536 * 4; i <= 3 * 65536 * 4; ++i)
      expected.push_back(engine.convert(i / 262144.0, RoleId::activations) + 0.0);
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    CAPTURE(name);
    CHECK(*found == expected);
  }
  CHECK_FALSE(values_between(Format::parse("fp32"), 0, 1));
}

TEST_CASE("sums of unknowns: exact where nothing rounds, pairs where it does") {
  Ghosts ghosts;
  const auto relate = [&](const char* format, const std::vector<GhostTerm>& terms) {
    const Arithmetic arithmetic = in(format);
    certificates::ProofEngine engine(arithmetic);
    return certificates::ExactSums(arithmetic, engine, ghosts).relate(terms);
  };
  std::vector<GhostTerm> terms;
  for (int i = 0; i < 5; ++i) terms.push_back({1, bits(ghosts, 0, 1)});
  const auto exact = relate("fixed:i3.f0", terms);
  REQUIRE(exact);
  CHECK(exact->numbers == std::vector<double>{0, 1, 2, 3, 4, 5});
  for (const auto& [index, rounded] : exact->rounded)
    CHECK(rounded == exact->numbers[static_cast<std::size_t>(index)]);
  // Saturating at 3: 4 and 5 read 3.
  const auto clipped = relate("fixed:i2.f0", terms);
  REQUIRE(clipped);
  CHECK(clipped->numbers.size() == 6);
  for (const auto& [index, rounded] : clipped->rounded) CHECK(rounded == std::min(index, 3));
  // +1 before and after two -1, clipped at -1: one exact sum, two rounded values.
  terms = {{-1, bits(ghosts, 0, 1)}, {-1, bits(ghosts, 0, 1)}, {1, bits(ghosts, 0, 1)}};
  const auto ambiguous = relate("fixed:i1.f0", terms);
  REQUIRE(ambiguous);
  int at_minus_one = 0;
  for (const auto& [index, rounded] : ambiguous->rounded)
    at_minus_one += ambiguous->numbers[static_cast<std::size_t>(index)] == -1 ? 1 : 0;
  CHECK(at_minus_one == 2);
  // An interval has no relation.
  terms.push_back({1, Cell::interval(0, 2)});
  CHECK_FALSE(relate("fixed:i5.f0", terms));
}

TEST_CASE(
    "a weighed sum's extremes, where its digits carry and where not, are those of all digits") {
  constexpr int base = 3;
  constexpr int places = 3;
  // Exact; rounded; saturating.
  for (const char* format : {"fixed:i5.f6", "float:e8.m3", "fixed:i1.f3"}) {
    CAPTURE(format);
    const Arithmetic arithmetic = in(format);
    Ghosts ghosts;
    certificates::Rows rows(arithmetic, ghosts);
    std::vector<GhostTerm> terms;
    std::vector<int> place_of_term;
    std::map<int, int> place_of;
    for (int operand = 0; operand < 2; ++operand)
      for (int place = places - 1; place >= 0; --place) {
        const int atom = ghosts.add({"digit", base, 0, base - 1, {}, false});
        const double weight =
            rows.engine().convert(std::pow(base, place - places) * 1.7, RoleId::probabilities);
        terms.push_back({weight, ghosts.function(std::vector<int>{atom}, {0, 1, 2})});
        place_of.emplace(atom, place);
        place_of_term.push_back(place);
      }
    const auto found = certificates::extremes_by_carry(
        rows, terms, [&](int atom) -> std::optional<int> { return place_of.at(atom); }, base,
        places);
    double low[2] = {1e9, 1e9};
    double high[2] = {-1e9, -1e9};
    for (int all = 0; all < 729; ++all) {  // 3^6
      int digits = all;
      int exact = 0;
      double sum = 0;
      for (std::size_t k = 0; k < terms.size(); ++k, digits /= base) {
        exact += digits % base * (place_of_term[k] == 2 ? 9 : place_of_term[k] == 1 ? 3 : 1);
        sum = rows.engine().step(sum, terms[k].weight, digits % base, 0);
      }
      const int carry = exact >= 27 ? 1 : 0;
      low[carry] = std::min(low[carry], sum);
      high[carry] = std::max(high[carry], sum);
    }
    for (const std::size_t carry : {std::size_t{0}, std::size_t{1}}) {
      REQUIRE(found[carry]);
      CHECK(found[carry]->low == low[carry]);
      CHECK(found[carry]->high == high[carry]);
    }
    // A digit that no term reads: the sum says nothing of the carry.
    terms.pop_back();
    CHECK_THROWS_AS(
        certificates::extremes_by_carry(
            rows, terms, [&](int atom) -> std::optional<int> { return place_of.at(atom); }, base,
            places),
        NotCertified);
  }
}

TEST_CASE(
    "a function that is constant where it occurs is a constant; coarse cells are their values") {
  Ghosts ghosts;
  const int atom = ghosts.add(Atom{"x", 4, 1, 2, {}, false});
  CHECK(ghosts.function(std::vector<int>{atom}, {9, 5, 5, 8}) == Cell::constant(5));
  const Cell cell = ghosts.function(std::vector<int>{atom}, {9, 5, 7, 8});
  CHECK(cell.low == 5);
  CHECK(cell.high == 7);
  CHECK(ghosts.image(cell) == std::vector<double>{5, 7});
  const Cell coarse = ghosts.coarse(cell);
  CHECK(ghosts.atom(coarse.atoms[0]).numbers == std::vector<double>{5, 7});
  CHECK(ghosts.coarse(cell) == coarse);
  CHECK(ghosts.same(cell, cell));
  CHECK_FALSE(ghosts.same(cell, coarse));  // what they share is forgotten
}

}  // namespace carrybit::test
