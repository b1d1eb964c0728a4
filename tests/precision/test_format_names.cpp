// Names of formats: parsing and printing are inverse, and every refusal is one line that says what
// is wrong and what is accepted.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "precision/error.hpp"
#include "precision/exact/round.hpp"
#include "precision/format.hpp"

using namespace carrybit;

namespace {

/// Canonical names of every shape: all small sizes, some large ones, every chain of suffixes.
std::vector<std::string> canonical_names() {
  std::vector<std::string> names;
  const std::vector<int> sizes = {0, 1, 2, 3, 4, 7, 10, 23, 52, 112, 236, 1000, 4079};
  for (const int i : sizes) {
    for (const int f : sizes) {
      if (i + f >= 1) {
        for (const char* suffix : {"", ":trap", ":twos", ":twos:wrap", ":twos:trap"}) {
          names.push_back(fmt::format("fixed:i{}.f{}{}", i, f, suffix));
        }
      }
    }
  }
  for (const int e : {1, 2, 3, 4, 5, 8, 11, 15, 19, 32}) {
    for (const int m : sizes) {
      if (e == 1 && m == 0) {
        names.push_back("float:e1.m0:finite");
        continue;
      }
      for (const char* layout :
           {"", ":sat", ":trap", ":fn", ":fn:sat", ":fn:trap", ":finite", ":finite:trap"}) {
        names.push_back(fmt::format("float:e{}.m{}{}", e, m, layout));
        if (e > 1) {
          names.push_back(fmt::format("float:e{}.m{}{}:ftz", e, m, layout));
        }
      }
    }
  }
  for (const int m : sizes) {
    names.push_back(fmt::format("float:e*.m{}", m));
  }
  for (const int e : {0, 1, 2, 5, 8, 20}) {
    for (const int s : {1, 2, 3, 8, 50, 500}) {
      names.push_back(fmt::format("li:e{}.s{}", e, s));
    }
  }
  return names;
}

/// The one line with which a name is refused; empty where it is accepted.
std::string refusal(const std::string& name) {
  try {
    Format::parse(name);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("parsing and printing a canonical name are inverse") {
  const std::vector<std::string> names = canonical_names();
  CHECK(names.size() > 2000);
  std::set<std::string> printed;
  for (const std::string& name : names) {
    CAPTURE(name);
    const Format format = Format::parse(name);
    CHECK(format.name() == name);
    CHECK(Format::parse(format.name()) == format);
    CHECK(format.width() >= 2);
    printed.insert(format.name());
  }
  CHECK(printed.size() == names.size());  // distinct names are distinct formats
}

TEST_CASE("defaults may be written out") {
  CHECK(Format::parse("fixed:i3.f4:sat") == Format::parse("fixed:i3.f4"));
  CHECK(Format::parse("fixed:i3.f4:twos:sat") == Format::parse("fixed:i3.f4:twos"));
  CHECK(Format::parse("float:e3.m2:finite:sat") == Format::parse("float:e3.m2:finite"));
  CHECK(Format::parse("float:e3.m2:finite:sat").name() == "float:e3.m2:finite");
}

TEST_CASE("what a parsed name means") {
  const Format fixed = Format::parse("fixed:i3.f4:twos:wrap");
  CHECK(fixed.is_fixed());
  CHECK(fixed.twos_complement);
  CHECK(fixed.overflow == Overflow::wrap);
  CHECK(fixed.width() == 8);
  const Format e4m3 = Format::parse("float:e4.m3:fn:ftz");
  CHECK(e4m3.layout == Layout::fn);
  CHECK(e4m3.overflow == Overflow::special);
  CHECK(e4m3.flush_subnormals);
  CHECK(e4m3.width() == 8);
  CHECK(Format::parse("float:e5.m10:sat").overflow == Overflow::saturate);
  CHECK(Format::parse("float:e5.m10:trap").overflow == Overflow::trap);
  CHECK(Format::parse("float:e*.m7").has_unbounded_exponent());
  const Format li = Format::parse("li:e4.s5");
  CHECK(li.layout == Layout::unnormalised);
  CHECK(li.precision() == 10);
  CHECK(li.width() == 15);
}

TEST_CASE("every alias stands for the canonical name beside it") {
  CHECK(aliases().size() >= 17);
  for (const Alias& a : aliases()) {
    CAPTURE(a.alias);
    CHECK(Format::parse(a.alias).name() == a.name);
  }
  CHECK(Format::parse("fp16") == Format::floating(5, 10));
  CHECK(Format::parse("fp8_e4m3").layout == Layout::fn);
}

TEST_CASE("widths from 2 to at least 4096 bits") {
  CHECK(Format::parse("fixed:i1.f0").width() == 2);
  CHECK(Format::parse("float:e1.m0:finite").width() == 2);
  CHECK(Format::parse("fixed:i2000.f2095").width() == 4096);
  CHECK(Format::parse("float:e32.m4063").width() == 4096);
  CHECK(contains(refusal("fixed:i0.f0"), "its width is 1 bits, not 2 to"));
  CHECK(contains(refusal("fixed:i9000.f9000"), "its width is 18001 bits"));
  CHECK(contains(refusal("float:e8.m99999"), "its width is"));
}

TEST_CASE("a refusal is one line that names what is wrong and what is accepted") {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "neither an alias"},
      {"fp17", "neither an alias"},
      {"FP16", "neither an alias"},
      {" fp16", "neither an alias"},
      {"float", "neither an alias"},
      {"posit:e2.m5", "'posit' is no kind of format"},
      {"fixed:", "'' is not of the form iI.fF"},
      {"fixed:i3", "'i3' is not of the form iI.fF"},
      {"fixed:i3.f", "'i3.f' is not of the form iI.fF"},
      {"fixed:f3.i4", "'f3.i4' is not of the form iI.fF"},
      {"fixed:i-3.f4", "'i-3.f4' is not of the form iI.fF"},
      {"fixed:i+3.f4", "'i+3.f4' is not of the form iI.fF"},
      {"fixed:i03.f4", "'i03.f4' is not of the form iI.fF"},
      {"fixed:i3.f4.f5", "'i3.f4.f5' is not of the form iI.fF"},
      {"fixed:i3.f4 ", "'i3.f4 ' is not of the form iI.fF"},
      {"fixed:i3.f99999999999", "is not of the form iI.fF"},
      {"fixed:i3.f4:", "unknown suffix ':'"},
      {"fixed:i3.f4:wrap", "':wrap' needs ':twos' before it"},
      {"fixed:i3.f4:wrap:twos", "':wrap' needs ':twos' before it"},
      {"fixed:i3.f4:sat:twos", "suffix ':twos' is one too many"},
      {"fixed:i3.f4:twos:twos", "unknown suffix ':twos'"},
      {"fixed:i3.f4:sat:trap", "suffix ':trap' is one too many"},
      {"fixed:i3.f4:ftz", "unknown suffix ':ftz'"},
      {"float:e5", "'e5' is not of the form eE.mM"},
      {"float:e5.f10", "'e5.f10' is not of the form eE.mM"},
      {"float:m10.e5", "'m10.e5' is not of the form eE.mM"},
      {"float:e0.m3", "it has 0 exponent bits, not 1 to 32 (or '*')"},
      {"float:e33.m3", "it has 33 exponent bits, not 1 to 32 (or '*')"},
      {"float:e1.m0", "no finite number but zero"},
      {"float:e1.m0:fn", "no finite number but zero"},
      {"float:e1.m3:ftz", "no finite number but zero"},
      {"float:e5.m10:wrap", "suffix ':wrap' is unknown, repeated or out of order"},
      {"float:e5.m10:sat:sat", "suffix ':sat' is unknown, repeated or out of order"},
      {"float:e5.m10:sat:trap", "suffix ':trap' is unknown, repeated or out of order"},
      {"float:e5.m10:ftz:sat", "suffix ':sat' is unknown, repeated or out of order"},
      {"float:e5.m10:sat:fn", "suffix ':fn' is unknown, repeated or out of order"},
      {"float:e5.m10:fn:finite", "suffix ':finite' is unknown, repeated or out of order"},
      {"float:e5.m10:ftz:ftz", "suffix ':ftz' is unknown, repeated or out of order"},
      {"float:e*.m10:sat", "an unbounded exponent takes no suffix ':sat'"},
      {"float:e*.m10:ftz", "an unbounded exponent takes no suffix ':ftz'"},
      {"li:e4", "'e4' is not of the form eE.sS"},
      {"li:e4.s0", "'e4.s0' is not of the form eE.sS with E up to 32 and S at least 1"},
      {"li:e4.m5", "'e4.m5' is not of the form eE.sS"},
      {"li:e4.s5:sat", "li formats take no suffix ':sat'"},
  };
  for (const auto& [name, why] : wrong) {
    CAPTURE(name);
    const std::string message = refusal(name);
    CAPTURE(message);
    CHECK(contains(message, why));
    CHECK(message.starts_with("'" + name + "' is no number format: "));
    CHECK(contains(message, "accepted: fixed:iI.fF[:twos]"));
    CHECK(!contains(message, "\n"));
  }
}

TEST_CASE("the smallest value is at most the largest in every format there is a name for") {
  for (const std::string& name : canonical_names()) {
    const Format f = Format::parse(name);
    if (!f.has_unbounded_exponent()) {
      CAPTURE(name);
      const Number largest = exact::largest(f);
      CHECK(!largest.is_zero());
      CHECK(exact::smallest(f).leading_exponent() <= largest.leading_exponent());
    }
  }
}
