// The proof plan of iter_add_log (Feng et al. 2025, Theorem 5.2).
//
//   columns  a mean over 2^kappa keys is a function of c_j = the exact sum of column j
//   blocks   a mean over 2^mu keys is a function of R_t = sum of p^(j mod m) c_j, block t's columns
//   floors   R_t becomes v_t = R_t - P floor(R_t/P) + floor(R_(t-1)/P), v_t <= 2P - 2
//   search   nearest blocks that do not propagate; the carry into a block, by the lemma of nearest.hpp
//   digits   digit e of (v_t + carry) mod P
//
// S = sum_t R_t P^t = sum_t v_t P^t (the floors telescope, the top block's is 0), so these are the digits
// of the answer. In the search block t is place t - 1: block 0 takes no part but as the lowest source.

#include <cmath>

#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

namespace {

/// Dividing by one, and multiplying, is exact: so are the comparisons below.
bool is_power_of_two(double x) {
  int exponent = 0;
  return x > 0 && std::frexp(x, &exponent) == 0.5;
}

class IteratedAddition {
 public:
  IteratedAddition(Proof& proof, const constructions::Options& options)
      : proof_(proof),
        pass_(proof.pass()),
        task_(proof.task()),
        p_(task_.token_base()),
        n_(task_.operand_tokens()),
        k_(task_.operands()),
        m_(carry_digits(p_, k_)),
        groups_(constructions::ceil_div(n_, m_) + 1),
        gated_(!options.variant.starts_with("relu")) {
    for (int e = 0; e < m_; ++e) block_ *= p_;
  }

  void prove() {
    int layer = 0;
    if (!gated_) {
      pass_.attend(layer);
      pass_.feed_forward(layer++);
      proof_.step("a digit times its weight is a function of the digit");
    }
    columns(layer++);
    blocks(layer++);
    floors(layer++);
    carries(layer);
  }

 private:
  int last_digit(int j) const { return operand_position(task_, k_ - 1, j); }
  int representative(int t) const {
    return t == 0 ? constructions::equals_position(task_) : last_digit((t - 1) * m_);
  }
  const Cell& cell(int position, std::string_view channel) {
    return pass_.cell(position, proof_.channel(channel));
  }

  /// The exact sum behind a mean, in units of the first term's digit.
  struct Sum {
    int atom = -1;
    double unit = 1;
  };

  /// The head's output at a query is a function of the sum of column j: each addend's digit once.
  Sum column_sum(const Cell& mean, int j) {
    need(mean.count == 1, "a column sum is not a function of one exact sum");
    Sum sum{mean.atoms[0], 0};
    std::vector<bool> seen(static_cast<std::size_t>(k_), false);
    for (const GhostTerm& term : proof_.ghosts().terms(sum.atom))
      for (int x = 0; x < k_; ++x)
        if (term.cell.count == 1 &&
            term.cell.atoms[0] == pass_.digit(operand_position(task_, x, j))) {
          const std::vector<double>& table = proof_.ghosts().table(term.cell.table);
          need(is_power_of_two(term.weight), "an addend weighs no power of two");
          const double unit = term.weight * table[1];
          for (int d = 0; d < p_; ++d)
            need(term.weight * table[static_cast<std::size_t>(d)] == unit * d,
                 "a column sums something else than digits");
          need(unit > 0 && (sum.unit == 0 || unit == sum.unit), "addends weigh differently");
          sum.unit = unit;
          need(!seen[static_cast<std::size_t>(x)], "a digit is counted twice");
          seen[static_cast<std::size_t>(x)] = true;
        }
    need(std::ranges::count(seen, true) == k_ &&
             static_cast<int>(proof_.ghosts().terms(sum.atom).size()) == k_,
         "a column sum is not of its k digits");
    return sum;
  }

  void columns(int layer) {
    const constructions::Place head = proof_.head("column sum");
    need(head.layer == layer, "the column sums stand in another layer");
    pass_.attend(layer);
    std::vector<Sum> sums;
    for (int j = 0; j < n_; ++j) sums.push_back(column_sum(cell(last_digit(j), "column_sum"), j));
    proof_.step("every column's sum is the mean of its digits and of zeros");
    pass_.feed_forward(layer);
    // weighed_sum = scale p^(j mod m) c_j, one scale for all.
    for (int j = 0; j < n_; ++j) {
      Cell& weighed = pass_.cell(last_digit(j), proof_.channel("weighed_sum"));
      need(weighed.count == 1 && weighed.atoms[0] == sums[static_cast<std::size_t>(j)].atom,
           "a weighed column sum is not a function of the column's sum");
      const double power = std::pow(static_cast<double>(p_), j % m_);
      const auto& table = proof_.ghosts().table(weighed.table);
      const auto& numbers = proof_.ghosts().atom(weighed.atoms[0]).numbers;
      for (std::size_t i = 0; i < table.size(); ++i) {
        const double c = numbers[i] / sums[static_cast<std::size_t>(j)].unit;
        if (c == 0) continue;
        if (scale_ == 0) scale_ = table[i] / (power * c);
        need(table[i] == scale_ * power * c, "a weighed column sum is wrong");
      }
      weighed = proof_.ghosts().coarse(weighed);
      columns_.push_back(weighed);
    }
    need(is_power_of_two(scale_), "column sums come in no power of two");
    proof_.step("every column's sum is multiplied by its weight");
  }

  /// R_t's atom and the cell at a representative: the mean is unit * R_t.
  Cell check_block(const Cell& mean, int t) {
    if (t >= groups_ - 1) {
      need(mean == Cell::constant(0), "the top block is not empty");
      return mean;
    }
    need(mean.count == 1, "a block's sum is not a function of one exact sum");
    const int columns = std::min(m_, n_ - t * m_);
    std::vector<GhostTerm> terms = proof_.ghosts().terms(mean.atoms[0]);
    // A block of one column is that column, copied.
    if (mean.atoms[0] == columns_[static_cast<std::size_t>(t * m_)].atoms[0])
      terms = {{1, columns_[static_cast<std::size_t>(t * m_)]}};
    need(static_cast<int>(terms.size()) == columns, "a block's sum is not of its columns");
    double unit = 0;
    for (int j = t * m_; j < t * m_ + columns; ++j) {
      const Cell& own = columns_[static_cast<std::size_t>(j)];
      const auto found = std::ranges::find_if(terms, [&](const GhostTerm& term) {
        return term.cell.atoms[0] == own.atoms[0] && term.cell.count == 1;
      });
      need(found != terms.end(), "a block's sum misses a column");
      const auto& kept = proof_.ghosts().table(own.table);
      const auto& read = proof_.ghosts().table(found->cell.table);
      for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i] == 0) {
          need(read[i] == 0, "a block's sum misreads a column");
          continue;
        }
        const double ratio = found->weight * read[i] * scale_ / kept[i];
        if (unit == 0) unit = ratio;
        need(is_power_of_two(unit), "a block's columns weigh no power of two");
        need(ratio == unit, "a block's columns weigh differently");
      }
    }
    const auto& table = proof_.ghosts().table(mean.table);
    const auto& numbers = proof_.ghosts().atom(mean.atoms[0]).numbers;
    for (std::size_t i = 0; i < table.size(); ++i) {
      const double sum = numbers[i] / unit;
      if (sum == 0) continue;
      if (block_scale_ == 0) block_scale_ = table[i] / sum;
      need(table[i] == block_scale_ * sum, "the mean over a block is not its sum");
    }
    return proof_.ghosts().coarse(mean);
  }

  void blocks(int layer) {
    pass_.attend(layer);
    const int own = proof_.channel("sum");
    const int previous = proof_.channel("previous_sum");
    for (int t = 0; t < groups_; ++t) {
      const int rep = representative(t);
      pass_.cell(rep, own) = check_block(pass_.cell(rep, own), t);
      pass_.cell(rep, previous) =
          check_block(pass_.cell(rep, previous), t == 0 ? groups_ - 1 : t - 1);
    }
    need(is_power_of_two(block_scale_), "block sums come in no power of two");
    pass_.feed_forward(layer);
    proof_.step("every block's sum is the mean of its weighed column sums");
  }

  /// A head gave factor * floor(R/P), as a function of R's atom (its number: block_scale R).
  void check_quotient(const Cell& quotient, const Cell& sum, double factor) {
    const double unit = factor * block_scale_;
    if (sum.is_constant()) {
      need(quotient == Cell::constant(0), "the top block has a quotient");
      return;
    }
    std::vector<double> right;
    for (const double x : proof_.ghosts().atom(sum.atoms[0]).numbers)
      right.push_back(unit * std::floor(x / block_scale_ / block_));
    need(proof_.ghosts().same(proof_.ghosts().function(sum.atom_vector(), std::move(right)),
                              quotient),
         "a quotient is wrong");
  }

  void floors(int layer) {
    const constructions::Place own = floor_head("hi");
    const constructions::Place before = floor_head("previous hi");
    const int sum = proof_.channel("sum");
    std::vector<Cell> sums, previous;
    for (int t = 0; t < groups_; ++t) {
      sums.push_back(cell(representative(t), "sum"));
      previous.push_back(cell(representative(t), "previous_sum"));
    }
    pass_.attend(layer);
    for (int t = 0; t < groups_; ++t) {
      const int rep = representative(t);
      const auto at = static_cast<std::size_t>(t);
      const Cell high = pass_.head_output(rep, own.head, 0);
      const Cell carried = pass_.head_output(rep, before.head, 0);
      check_quotient(high, sums[at], -block_);
      check_quotient(carried, previous[at], 1);
      // v_t is their sum; its atom is its own value.
      const auto total = [](const double* x) { return x[0] + x[1] + x[2]; };
      const Cell parts[] = {sums[at], high, carried};
      const Cell coarser[] = {sums[at], high, proof_.ghosts().coarse(carried)};
      Cell& v = pass_.cell(rep, sum);
      // The pass knows either; with the coarser one it forgets which R_(t-1) has that quotient.
      need(proof_.ghosts().same(v, pass_.rows().map(coarser, total)) ||
               proof_.ghosts().same(v, pass_.rows().map(parts, total)),
           "v_t is not R_t - P floor(R_t/P) + floor(R_(t-1)/P)");
      v = proof_.ghosts().coarse(v);
      values_.push_back(pass_.cell(rep, sum));
    }
    proof_.step("quotients by search; v_t = R_t - P floor(R_t/P) + floor(R_(t-1)/P)");
    pass_.feed_forward(layer);
    proof_.step("v_t tells whether a block propagates or generates");
  }

  /// FLOOR or HALVED FLOOR.
  constructions::Place floor_head(const std::string& name) {
    const auto halved = proof_.find_head("halved floor " + name);
    return halved ? *halved : proof_.head(name);
  }

  /// v_t as a number.
  Cell value(int t) {
    const Cell& v = values_[static_cast<std::size_t>(t)];
    return pass_.rows().map({&v, 1}, [&](const double* x) { return x[0] / block_scale_; });
  }

  void carries(int layer) {
    NearestQuestion above;
    CarryQuestion question;
    above.places = groups_ - 1;
    for (int t = 0; t < groups_; ++t) {
      above.queries.push_back(representative(t));
      if (t > 0) above.place_of.emplace(representative(t), t - 1);
      if (t < groups_ - 1) question.sources.emplace(representative(t), t - 1);
    }
    for (const auto& [position, place] : constructions::answering(task_))
      question.queries.push_back(position);
    question.modulus = block_;
    question.total = [&](int place) { return value(place + 1); };

    Nearest w(above);
    pass_.attend(layer, {{proof_.head("W").head, w.rule()}});
    pass_.feed_forward(layer);
    proof_.step("the nearest blocks above that do not propagate win alone");
    pass_.attend(layer + 1);
    pass_.feed_forward(layer + 1);
    proof_.step("block and search results come to where they are asked for");
    Carry carry(w, w, question);
    pass_.attend(layer + 2, {{proof_.head("carry").head, carry.rule()}});
    proof_.step("the largest block below that does not propagate wins alone and tells the carry");
    pass_.feed_forward(layer + 2);
    pass_.attend(layer + 3);
    pass_.feed_forward(layer + 3);
    proof_.step("the digit's units are functions of v_t and the carry");
    proof_.check_answers([&](int place) {
      const int t = place / m_;
      const double power = std::pow(static_cast<double>(p_), place % m_);
      const Cell parts[] = {value(t),
                            t == 0 ? Cell::constant(0) : proof_.number(carry.atom(t - 1))};
      return pass_.rows().map(parts, [&](const double* x) {
        const double z = std::fmod(x[0] + x[1], block_);
        return std::fmod(std::floor(z / power), static_cast<double>(p_));
      });
    });
  }

  Proof& proof_;
  Pass& pass_;
  const Task& task_;
  int p_, n_, k_;
  int m_;
  int groups_;  // G
  bool gated_;
  double block_ = 1;        // P
  double scale_ = 0;        // a weighed column sum holds scale * p^(j mod m) c_j
  double block_scale_ = 0;  // a block's sum holds block_scale * R_t
  std::vector<Cell> columns_, values_;
};

}  // namespace

void prove_iter_add_log(Proof& proof, const constructions::Options& options) {
  IteratedAddition(proof, options).prove();
}

}  // namespace carrybit::certificates
