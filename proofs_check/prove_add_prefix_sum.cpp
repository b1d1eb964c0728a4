// The proof plan of add_prefix_sum (the hand-set adders of the AdderBoard contest).
//
//   layer 1  own digits arrive; one-hot codes of a_i + b_i and a_i + b_i + 1 are functions of them. The
//            prefix sum y is known by its least and largest value where the digits below i carry, and by
//            those where they do not (weighing.hpp)
//   layer 2  the digit, from the one-hot codes and y
//
// Layer 2 reads y in linear maps and hidden units only, each monotone in y: for every pair of own digits
// and either carry the pass runs over the interval of y, and the right logit must stay above the others.

#include <fmt/format.h>

#include <algorithm>

#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/plans.hpp"
#include "proofs_check/weighing.hpp"

namespace carrybit::certificates {

namespace {

class PrefixAddition {
 public:
  explicit PrefixAddition(Proof& proof)
      : proof_(proof),
        pass_(proof.pass()),
        task_(proof.task()),
        p_(task_.token_base()),
        y_(proof.channel("y")),
        head_(proof.head("prefix sum")) {}

  void prove() {
    need(pass_.config().layers == 2 && head_.layer == 0, "the prefix sum stands in another layer");
    for (const auto& [position, place] : constructions::answering(task_))
      places_.emplace(position, place);
    std::vector<int> queries;
    for (const auto& [position, place] : places_) {
      queries.push_back(position);
      before_.emplace(position, pass_.cell(position, y_));
    }
    Weighing weighing;
    pass_.attend(0, {{head_.head, weighing.rule(queries)}});
    proof_.step("the answer's own digits come from one key each");
    for (const auto& [position, place] : places_) compare(weighing, position, place);
    proof_.step("the weighed sum of the digits below lies apart where they carry");
    pass_.feed_forward(0);
    proof_.step("the digit with and without a carry are functions of two digits");
    need(!pass_.feed_forward_writes(0, y_) && !pass_.attention_writes(1, y_),
         "something else is added to the prefix sum");
    need(!pass_.fetches(1), "the second layer attends");
    if (pass_.may_overflow()) pass_.attend(1);  // to zeros: do the weights' sums stay numbers?
    for (const auto& [position, place] : places_) check_digit(position, place);
    proof_.step("the largest logit is the right digit");
  }

 private:
  int operand_digit(int operand, int place) const {
    return pass_.digit(operand_position(task_, operand, place));
  }

  /// y by carry: through the head's division, the output map and the residual sum.
  void compare(const Weighing& weighing, int position, int place) {
    const Weighed& weighed = weighing.at(position);
    std::map<int, int> place_of;
    for (int j = 0; j < task_.operand_tokens(); ++j)
      for (const int operand : {0, 1}) place_of.emplace(operand_digit(operand, j), j);
    const auto place_of_atom = [&](int atom) -> std::optional<int> {
      const auto found = place_of.find(atom);
      return found == place_of.end() ? std::nullopt : std::optional(found->second);
    };
    std::optional<std::size_t> component;
    const std::span<const Cell> outputs = pass_.head_outputs(position);
    const auto first = static_cast<std::size_t>(head_.head * pass_.config().head_dim);
    for (std::size_t c = 0; c < weighed.terms.size(); ++c) {
      const bool varies = std::ranges::any_of(
          weighed.terms[c], [](const GhostTerm& term) { return !term.cell.is_constant(); });
      if (!varies) continue;
      need(!component, "the prefix sum's head weighs two values");
      component = c;
    }
    need(component || place == 0, "a prefix sum is not of the digits below");
    if (!component) {
      y_by_carry_[position][0] = pass_.cell(position, y_);
      return;
    }
    const auto extremes =
        extremes_by_carry(pass_.rows(), weighed.terms[*component], place_of_atom, p_, place);
    for (std::size_t carry = 0; carry < 2; ++carry) {
      if (!extremes[carry]) continue;
      std::vector<Cell> row(outputs.begin(), outputs.end());
      row[first + static_cast<std::size_t>(weighed.components[*component])] =
          Cell::interval(weighed_output(pass_.rows(), weighed, extremes[carry]->low),
                         weighed_output(pass_.rows(), weighed, extremes[carry]->high));
      y_by_carry_[position][carry] =
          pass_.rows().residual(pass_.model().layers[0].output, y_, row, before_.at(position));
    }
  }

  /// Everything that stands at a position, for one pair of own digits; what depends on others by bounds.
  std::vector<Cell> specialised(const std::vector<Cell>& row, int a, int b,
                                const std::pair<int, int>& digits) {
    Ghosts& ghosts = proof_.ghosts();
    std::vector<Cell> cells;
    for (const Cell& cell : row) {
      const auto known = [&](int atom) { return atom == a || atom == b; };
      if (!cell.is_function() || a < 0) {
        cells.push_back(cell);
      } else if (std::ranges::all_of(cell.atom_list(), known)) {
        const Joint joint = ghosts.join({&cell, 1});
        std::int64_t state = 0;
        for (std::size_t k = 0; k < joint.atoms.size(); ++k)
          state = state * joint.sizes[k] + (joint.atoms[k] == a ? digits.first : digits.second);
        cells.push_back(Cell::constant(ghosts.value(cell, joint, state)));
      } else {
        cells.push_back(Cell::interval(cell.low, cell.high));
      }
    }
    return cells;
  }

  void check_digit(int position, int place) {
    const bool own = place < task_.operand_tokens();
    const int a = own ? operand_digit(0, place) : -1;
    const int b = own ? operand_digit(1, place) : -1;
    std::vector<Cell> row(pass_.row(position).begin(), pass_.row(position).end());
    for (int x = 0; x < (own ? p_ : 1); ++x)
      for (int y = 0; y < (own ? p_ : 1); ++y) {
        const std::vector<Cell> cells = specialised(row, a, b, {x, y});
        for (int carry = 0; carry < 2; ++carry) {
          const auto& known = y_by_carry_.at(position)[static_cast<std::size_t>(carry)];
          if (!known) continue;
          for (std::size_t c = 0; c < cells.size(); ++c)
            pass_.cell(position, static_cast<int>(c)) = cells[c];
          pass_.cell(position, y_) = *known;
          pass_.feed_forward_at(1, position);
          check_logits(position, place, (x + y + carry) % p_);
        }
      }
  }

  void check_logits(int position, int place, int right) {
    const Cell best = pass_.logit(position, right);
    for (int token = 0; token < proof_.program().vocabulary().size(); ++token) {
      if (token == right) continue;
      const Cell other = pass_.logit(position, token);
      ++proof_.ghosts().cases;
      // Equal logits: the lowest token wins.
      if (!(token < right ? other.high < best.low : other.high <= best.low))
        throw NotCertified(fmt::format("answer digit {} can be wrong", place));
    }
  }

  Proof& proof_;
  Pass& pass_;
  const Task& task_;
  int p_;
  int y_;
  constructions::Place head_;
  std::map<int, int> places_;  // by position
  std::map<int, Cell> before_;
  std::map<int, std::array<std::optional<Cell>, 2>> y_by_carry_;
};

}  // namespace

void prove_add_prefix_sum(Proof& proof, const constructions::Options&) {
  PrefixAddition(proof).prove();
}

}  // namespace carrybit::certificates
