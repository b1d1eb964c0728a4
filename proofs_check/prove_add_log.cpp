// The proof plan of add_log (Feng et al. 2025, Theorem 5.1).
//
//   layer 1     own and next digits arrive, so `propagates` and `generates` are functions of them
//   layer 2     W and V are nearest open (non-propagating) places; with levels=L, layers 2..L+1
//   or          without subtraction of the maximum: layer 2 counts open places, layer 3 squares the counts
//   last layer  the carry, by the lemma of carry.hpp or counted_carry.hpp; the digit, from a_i, b_i and the carry

#include <fmt/format.h>

#include "arith_tasks/constructions/nearest_search.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/counted_carry.hpp"
#include "proofs_check/grouped_search.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

namespace {

class Addition {
 public:
  Addition(Proof& proof, const constructions::Options& options)
      : proof_(proof),
        pass_(proof.pass()),
        task_(proof.task()),
        n_(task_.operand_tokens()),
        p_(task_.token_base()),
        levels_(std::max(1, options.levels)),
        radix_(options.radix == 0 ? 2 : options.radix) {
    const int equals = constructions::equals_position(task_);
    for (const auto& [position, place] : constructions::answering(task_))
      above_.emplace(position, place);
    beyond_.emplace(equals, 0);
    carries_.sources.emplace(equals, -1);
    for (int j = 0; j < n_; ++j) {
      const int b = operand_position(task_, 1, j);
      beyond_.emplace(b, j + 1);
      carries_.sources.emplace(b, j);
    }
    carries_.queries = positions(above_);
    carries_.modulus = p_;
    carries_.total = [this](int place) { return total(place); };
  }

  void prove() {
    pass_.attend(0);
    proof_.step("every place's digits, and the next place's, come from one key each");
    pass_.feed_forward(0);
    proof_.step("sums of two digits tell whether a place propagates or generates");
    if (pass_.rows().arithmetic().shift == Shift::none)
      count();
    else if (levels_ == 1)
      search();
    else
      search_levels();
  }

 private:
  using Places = std::map<int, int>;  // position -> place

  static std::vector<int> positions(const Places& places) {
    std::vector<int> list;
    for (const auto& [position, place] : places) list.push_back(position);
    return list;
  }
  Cell total(int place) {
    if (place < 0 || place >= n_) return Cell::constant(0);
    const Cell both[] = {proof_.digit(0, place), proof_.digit(1, place)};
    return pass_.rows().map(both, [](const double* d) { return d[0] + d[1]; });
  }

  void search() {
    Nearest w({positions(above_), above_, n_ + 1});
    Nearest v({positions(beyond_), beyond_, n_ + 1});
    pass_.attend(1, {{proof_.head("W").head, w.rule()}, {proof_.head("V").head, v.rule()}});
    proof_.step("the nearest places above that do not propagate win alone");
    pass_.feed_forward(1);
    carry(2, w, v);
  }

  void search_levels() {
    const constructions::SearchPlan plan = constructions::plan_search(n_ + 1, levels_, radix_);
    GroupedQuestion question;
    question.places = n_ + 1;
    for (int l = 0; l < levels_; ++l) question.sizes.push_back(plan.size(l));
    question.sentinels.emplace(n_, constructions::sign_position(task_, 0));
    for (int j = 0; j < n_; ++j) question.sentinels.emplace(j, operand_position(task_, 0, j));
    question.place_of = above_;
    GroupedSearch w(question);
    question.place_of = beyond_;
    GroupedSearch v(question);
    for (int l = 1; l <= levels_; ++l) {
      const std::string name = l == levels_ ? " top" : fmt::format(" level {}", l);
      pass_.attend(l, {{proof_.head("W" + name).head, w.rule(l)},
                       {proof_.head("V" + name).head, v.rule(l)}});
      pass_.feed_forward(l);
      w.join(pass_, l);
      v.join(pass_, l);
      proof_.step(
          fmt::format("level {}: the nearest of a group's keys with an open place win alone", l));
    }
    carry(levels_ + 1, w, v);
  }

  /// Without subtraction of the maximum: counts of the places above that do not propagate.
  void count() {
    pass_.attend(1);
    CountedQuestion question;
    question.queries = above_;
    question.sources = carries_.sources;
    question.places = n_;
    question.open = counted();
    question.modulus = p_;
    question.total = carries_.total;
    proof_.step("a mean is a function of how many places above do not propagate");
    pass_.feed_forward(1);
    pass_.attend(2);
    pass_.feed_forward(2);
    proof_.step("counts and their squares");
    CountedCarry carry(question);
    pass_.attend(3, {{proof_.head("equal counts").head, carry.rule()}});
    answers(3, carry);
  }

  /// By place: what the mean over all of them adds up.
  std::vector<Cell> counted() {
    const Cell& mean = pass_.cell(operand_position(task_, 1, 0), proof_.channel("mean_b"));
    need(mean.count == 1, "a mean is not a function of one exact sum");
    std::vector<Cell> open(static_cast<std::size_t>(n_), Cell::constant(0));
    for (const GhostTerm& term : proof_.ghosts().terms(mean.atoms[0]))
      for (int x = 0; x < n_; ++x) {
        std::vector<int> own = {pass_.digit(operand_position(task_, 0, x)),
                                pass_.digit(operand_position(task_, 1, x))};
        std::ranges::sort(own);
        if (term.cell.atom_vector() == own) open[static_cast<std::size_t>(x)] = term.cell;
      }
    return open;
  }

  void carry(int layer, const Search& w, const Search& v) {
    Carry carry(w, v, carries_);
    pass_.attend(layer, {{proof_.head("carry").head, carry.rule()}});
    answers(layer, carry);
  }

  template <class Carries>
  void answers(int layer, const Carries& carry) {
    proof_.step("the largest place below that does not propagate wins alone and tells the carry");
    pass_.feed_forward(layer);
    proof_.step("the answer's units are functions of two digits and the carry");
    proof_.check_answers([&](int place) {
      const Cell parts[] = {total(place), proof_.number(carry.atom(place))};
      return pass_.rows().map(parts, [&](const double* x) {
        return static_cast<double>((static_cast<int>(x[0]) + static_cast<int>(x[1])) % p_);
      });
    });
  }

  Proof& proof_;
  Pass& pass_;
  const Task& task_;
  int n_, p_, levels_, radix_;
  Places above_, beyond_;  // W over O_i, V over b_j
  CarryQuestion carries_;
};

}  // namespace

void prove_add_log(Proof& proof, const constructions::Options& options) {
  Addition(proof, options).prove();
}

}  // namespace carrybit::certificates
