// The proof plan of mul_log (Feng et al. 2025, Theorem 5.3).
//
//   layer 1  every digit arrives at every answering token; c_j = sum of a_i b_(j-i), exactly
//   layer 2  hi_t = floor(R_t / P), R_t = sum of p^e c_(tm+e) the exact sum of block t
//   layer 3  v_t = R_t - P hi_t + hi_(t-1) tells whether block t propagates or generates
//   layer 4  the carry into a block is a disjunction of ANDs (disjunction.hpp); the own v_t is picked
//   layer 5  digit e of (v_t + carry) mod P
//
// sum_t R_t P^t = sum_t v_t P^t modulo p^l (the floors telescope), so these are the product's low digits.
// c_j and floor(R_(t-1)/P) are taken to be anything between their least and largest values: more
// combinations than products have.

#include <fmt/format.h>

#include <cmath>

#include "arith_tasks/constructions/mul_plan.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

namespace {

class Multiplication {
 public:
  Multiplication(Proof& proof, const constructions::Options& options)
      : proof_(proof),
        pass_(proof.pass()),
        plan_(constructions::plan_mul(proof.task(), options)),
        block_(static_cast<double>(plan_.block)) {
    for (const auto& [position, place] : constructions::answering(proof.task()))
      places_.emplace(position, place);
  }

  void prove() {
    columns();
    pass_.rows().always_project(true);
    quotients();
    values();
    carries();
    pass_.rows().always_project(false);
    digits();
  }

 private:
  using Table = std::vector<double>;

  /// The table of a_i b_k over the atoms of both digits, in their order.
  std::map<std::vector<int>, std::pair<int, int>> pairs_of_column(int j) const {
    std::map<std::vector<int>, std::pair<int, int>> pairs;
    for (int i = 0; i <= j; ++i) {
      const int k = j - i;
      if (i >= plan_.n || k >= plan_.n) continue;
      std::vector<int> atoms = {pass_.digit(operand_position(proof_.task(), 0, i)),
                                pass_.digit(operand_position(proof_.task(), 1, k))};
      std::ranges::sort(atoms);
      pairs.emplace(std::move(atoms), std::pair{i, k});
    }
    return pairs;
  }

  /// Is c_j the exact sum of the products a_i b_k, i + k = j? Products may come in pieces, such as the
  /// bits [a_i >= u][b_k >= w].
  void check_column(const Cell& column, int j) {
    Ghosts& ghosts = proof_.ghosts();
    const auto pairs = pairs_of_column(j);
    if (pairs.empty()) {
      need(column == Cell::constant(0), "a column without products is not 0");
      return;
    }
    need(column.is_function(), "a column is known by bounds only");
    std::vector<GhostTerm> terms = {{1, column}};
    if (column.count == 1 && !ghosts.terms(column.atoms[0]).empty()) {
      need(ghosts.same(column, proof_.number(column.atoms[0])), "a column's sum is rounded");
      terms = ghosts.terms(column.atoms[0]);
    }
    if (terms.size() == 1 && terms[0].cell.count > 2) {  // few enough to have been listed jointly
      std::vector<Cell> products;
      for (const auto& [atoms, digits] : pairs) products.push_back(product(digits));
      need(ghosts.same(column, pass_.rows().map(products,
                                                [&](const double* x) {
                                                  double sum = 0;
                                                  for (std::size_t i = 0; i < products.size(); ++i)
                                                    sum += x[i];
                                                  return sum;
                                                })),
           "a column is not the sum of its products");
      return;
    }
    std::map<std::vector<int>, Table> sums;
    for (const GhostTerm& term : terms) {
      const std::vector<int> atoms = term.cell.atom_vector();
      need(pairs.contains(atoms), "a column adds a product that is not its own");
      const Table& table = ghosts.table(term.cell.table);
      Table& sum = sums[atoms];
      sum.resize(table.size());
      for (std::size_t i = 0; i < table.size(); ++i) sum[i] += term.weight * table[i];
    }
    for (const auto& [atoms, digits] : pairs) {
      need(sums.contains(atoms), "a column misses a product");
      need(ghosts.same(ghosts.function(atoms, sums.at(atoms)), product(digits)),
           "a column adds something else than a product");
    }
  }

  Cell product(const std::pair<int, int>& digits) {
    const Cell both[] = {proof_.digit(0, digits.first), proof_.digit(1, digits.second)};
    return pass_.rows().map(both, [](const double* x) { return x[0] * x[1]; });
  }

  void columns() {
    pass_.attend(0);
    proof_.step("every digit comes to every answering token from one key");
    pass_.feed_forward(0);
    for (int j = 0; j < plan_.l; ++j) {
      const int channel = proof_.channel(fmt::format("c.{}", j));
      for (const auto& [position, place] : places_) {
        Cell& cell = pass_.cell(position, channel);
        if (columns_.size() == static_cast<std::size_t>(j)) {
          check_column(cell, j);
          raw_.push_back(cell);
          columns_.push_back(proof_.ghosts().coarse(cell));
        }
        need(cell == raw_.back(), "answering tokens hold different columns");
        cell = columns_.back();
      }
    }
    proof_.step("every column is the exact sum of its products");
  }

  int first_column(int t) const { return t * plan_.m; }
  int columns_of(int t) const { return std::min(plan_.m, plan_.l - first_column(t)); }

  /// Of a block's exact sum: all columns of the block, by powers of p, then `others` more terms.
  void check_block_terms(const std::vector<GhostTerm>& terms, int t, std::size_t others) {
    std::size_t varying = 0;
    for (int e = 0; e < columns_of(t); ++e) {
      const Cell& column = columns_[static_cast<std::size_t>(first_column(t) + e)];
      if (column.is_constant()) {
        need(column.low == 0, "a column is a constant");
        continue;
      }
      ++varying;
      const GhostTerm right{std::pow(static_cast<double>(plan_.p), e), column};
      need(std::ranges::count(terms, right) == 1, "a block misses a column");
    }
    need(terms.size() == varying + others, "a block's value has other terms");
  }

  Cell high(int position, int t) {
    return t < 0 ? Cell::constant(0)
                 : pass_.cell(position, proof_.channel(fmt::format("hi.{}", t)));
  }

  void quotients() {
    pass_.attend(1);
    pass_.feed_forward(1);
    const int position = places_.begin()->first;
    for (int t = 0; t < plan_.blocks; ++t) {
      const Cell hi = high(position, t);
      for (const auto& [other, place] : places_)
        need(high(other, t) == hi, "answering tokens hold different quotients");
      if (hi.is_constant()) {
        double most = 0;
        for (int e = 0; e < columns_of(t); ++e)
          most += std::pow(static_cast<double>(plan_.p), e) *
                  columns_[static_cast<std::size_t>(first_column(t) + e)].high;
        need(hi.low == 0 && most < block_, "a quotient is wrong");
        continue;
      }
      need(hi.count == 1, "a quotient is not a function of its block's sum");
      check_block_terms(proof_.ghosts().terms(hi.atoms[0]), t, 0);
      const Table& table = proof_.ghosts().table(hi.table);
      const Table& numbers = proof_.ghosts().atom(hi.atoms[0]).numbers;
      for (std::size_t i = 0; i < table.size(); ++i)
        need(table[i] == std::floor(numbers[i] / block_), "a quotient is wrong");
    }
    proof_.step("every block's sum is exact, and its quotient by P right");
  }

  /// v_t, the exact value of the sum that a unit of its own reads.
  Cell value_of(int position, int t) {
    const auto& layer = pass_.model().layers[3];
    const auto& map = pass_.config().gated() ? layer.gate : layer.up;
    const int unit = own_unit(t);
    const Rows::Projected& sum =
        pass_.rows().project(map.rows[static_cast<std::size_t>(unit)], pass_.row(position));
    const Cell own = high(position, t);
    const Cell below = high(position, t - 1);
    std::size_t others = 0;
    for (const auto& [factor, hi] : {std::pair{-block_, own}, std::pair{1.0, below}}) {
      if (hi.is_constant()) continue;
      ++others;
      need(std::ranges::count(sum.terms, GhostTerm{factor, hi}) == 1, "v_t misses a quotient");
    }
    check_block_terms(sum.terms, t, others);
    return proof_.number(sum.atom);
  }
  int own_unit(int t) const {
    const std::string name = fmt::format("own block {}", t);
    for (const auto& primitive : proof_.program().primitives())
      if (constructions::name(primitive) == name) return constructions::place(primitive).first_unit;
    throw NotCertified("the program has no unit '" + name + "'");
  }

  void values() {
    pass_.attend(2);
    pass_.feed_forward(2);
    const int position = places_.begin()->first;
    for (int t = 0; t < plan_.blocks; ++t) values_.push_back(value_of(position, t));
    proof_.step(
        "v_t = R_t - P floor(R_t/P) + floor(R_(t-1)/P) tells what its block does with a carry");
  }

  void carries() {
    question_.layer = 3;
    question_.modulus = block_;
    for (const auto& [position, place] : places_)
      question_.place_of.emplace(position, place / plan_.m);
    for (int t = 0; t < plan_.blocks; ++t) {
      bits_.emplace(proof_.channel(fmt::format("g.{}", t)), PlaceBit{true, t});
      bits_.emplace(proof_.channel(fmt::format("np.{}", t)), PlaceBit{false, t});
    }
    question_.meaning = [this](int, int channel) -> std::optional<PlaceBit> {
      const auto at = bits_.find(channel);
      return at == bits_.end() ? std::nullopt : std::optional(at->second);
    };
    question_.total = [this](int t) { return values_.at(static_cast<std::size_t>(t)); };
    carry_.emplace(question_);
    pass_.attend(3);
    pass_.feed_forward(3, {{proof_.channel("c"), carry_->rule()}});
    proof_.step("the carry is one AND for each block below, of which at most one fires");
  }

  void digits() {
    pass_.attend(4);
    pass_.feed_forward(4);
    proof_.step("the digit's units are functions of v_t and the carry");
    proof_.check_answers([&](int place) {
      const int t = place / plan_.m;
      const double power = std::pow(static_cast<double>(plan_.p), place % plan_.m);
      const Cell parts[] = {values_.at(static_cast<std::size_t>(t)),
                            proof_.number(carry_->atom(proof_.ghosts(), t))};
      return pass_.rows().map(parts, [&](const double* x) {
        const double z = std::fmod(x[0] + x[1], block_);
        return std::fmod(std::floor(z / power), static_cast<double>(plan_.p));
      });
    });
  }

  Proof& proof_;
  Pass& pass_;
  constructions::MulPlan plan_;
  double block_;  // P
  std::map<int, int> places_;
  std::vector<Cell> raw_, columns_, values_;  // c_j as functions of digits, and of their own value
  std::map<int, PlaceBit> bits_;
  DisjunctionQuestion question_;
  std::optional<Disjunction> carry_;
};

}  // namespace

void prove_mul_log(Proof& proof, const constructions::Options& options) {
  need(options.rounds == 0, "no proof plan for rounds of column reduction (rounds=0 has one)");
  Multiplication(proof, options).prove();
}

}  // namespace carrybit::certificates
