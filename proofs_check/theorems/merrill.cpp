#include "proofs_check/theorems/merrill.hpp"

#include <fmt/format.h>

#include <array>

#include "proofs_check/theorems/park.hpp"
#include "proofs_check/theorems/softmax.hpp"

namespace carrybit::proofs {

namespace {

struct Question {
  const char* text;
  /// "" where it is so, else a counterexample; `cases` grows by what was tried.
  std::string (*ask)(const Scalar&, Sum, std::int64_t limit, std::uint64_t& cases);
  bool flips = false;  // as expected
};

std::string told(const Scalar& s, Sum order, std::int64_t, std::uint64_t& cases) {
  const std::int64_t unit = two_to_p(s.format());
  return find_telling(s, order, 3 * unit, 3 * unit + 64, 6 * unit, cases);
}

std::string not_collapsed(const Scalar& s, Sum order, std::int64_t limit, std::uint64_t& cases) {
  const std::int64_t from = 2 * two_to_p(s.format());
  const UniformHead head(s, order, Normalise::output);
  for (std::int64_t n = from; n <= limit; ++n) {
    ++cases;
    if (!same(head.mean(n, n + 1), head.mean(n, n + 2))) {
      return fmt::format("n = {}: {} and {}", n, decimal(head.mean(n, n + 1)),
                         decimal(head.mean(n, n + 2)));
    }
  }
  return "";
}

std::string dispersed(const Scalar& s, Sum order, std::int64_t limit, std::uint64_t& cases) {
  const auto n = dispersion_breaks(s, order, true, limit);
  cases += static_cast<std::uint64_t>(n.value_or(limit));
  return n ? fmt::format("n = {}", *n) : "";
}

std::string not_vanishing(const Scalar& s, Sum order, std::int64_t, std::uint64_t& cases) {
  ++cases;
  return weights_vanish(s, order) ? "" : "n equal scores have n non-zero weights for every n";
}

std::string not_separated(const Scalar& s, Sum order, std::int64_t, std::uint64_t& cases) {
  // Up to n = 2^p, where the mean itself has bits enough.
  const std::int64_t limit = two_to_p(s.format());
  cases += static_cast<std::uint64_t>(limit);
  const Counting c = counting(UniformHead(s, order, Normalise::output), limit);
  return c.majority == limit ? "" : fmt::format("n = {}", c.majority + 1);
}

constexpr std::array questions = {
    Question{"block sums of 3*2^p and 6*2^p copies are alike (Park T2)", told, true},
    Question{"uniform means of n ones and 1 or 2 zeros are equal, n >= 2^(p+1) (Barbero)",
             not_collapsed, true},
    Question{"equal weights are at most e/n (Velickovic)", dispersed, true},
    Question{"weights of equal scores vanish from some n on (Li and Cotterell)", not_vanishing,
             false},
    Question{"a mean decides MAJORITY of up to 2^p bits", not_separated, false},
};

}  // namespace

Report check_merrill_sum(const Limits& limits) {
  const std::int64_t limit = limits.length(8192, 6000, 100'000);
  Report report;
  for (const char* format : {"fp8_e5m2", "bf16", "fp16"}) {
    // As the preset merrill2023: rounded towards zero.
    const Scalar scalar(Format::parse(format), Rounding::rz);
    for (const Question& q : questions) {
      std::array<std::string, 2> found;
      std::uint64_t cases = 0;
      found[0] = q.ask(scalar, Sum::sequential, limit, cases);
      found[1] = q.ask(scalar, Sum::exact, limit, cases);
      const std::string table = fmt::format("the same model under two sums, {} rz", format);
      const bool flips = found[0].empty() != found[1].empty();
      for (const std::size_t i : {0U, 1U}) {
        report.cells.push_back({table, q.text, i == 0 ? "sequential" : "exact",
                                found[i].empty() ? "not refuted" : "refuted by " + found[i]});
      }
      report.cells.push_back({table, q.text, "flips", flips ? "yes" : "no"});
      Verdict v;
      v.claim = fmt::format("{}: the same verdict under sequential and under exact sums", q.text);
      v.set = fmt::format("{} rz, n up to {}", format, limit);
      v.cases = cases;
      v.finding = flips ? Finding::refuted : Finding::consistent;
      v.detail = flips ? fmt::format("{} sums: {}", found[0].empty() ? "exact" : "sequential",
                                     found[0].empty() ? found[1] : found[0])
                       : "";
      v.expected = q.flips ? Finding::refuted : Finding::consistent;
      report.verdicts.push_back(std::move(v));
    }
  }
  return report;
}

}  // namespace carrybit::proofs
