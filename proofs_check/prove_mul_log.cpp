// The proof plan of mul_log (Feng et al. 2025, Theorem 5.3).
//
//   layer 1  every digit arrives at every answering token; c_j = sum of a_i b_(j-i), exactly
//            with rounds=J, J times two layers: high parts of columns go to higher ones
//   layer 2  hi_t = floor(R_t / P), R_t = sum of p^e c_(tm+e) the exact sum of block t
//   layer 3  v_t = R_t - P hi_t + hi_(t-1) tells whether block t propagates or generates
//   layer 4  the carry into a block is a disjunction of ANDs (disjunction.hpp); the own v_t is picked
//   layer 5  digit e of (v_t + carry) mod P
//
// sum_t R_t P^t = sum_t v_t P^t modulo p^l (the floors telescope), so these are the product's low digits.
// c_j and floor(R_(t-1)/P) are taken to be anything between their least and largest values: more
// combinations than products have.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

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
        block_(static_cast<double>(plan_.block)),
        first_(1 + 2 * static_cast<int>(plan_.rounds.size())) {
    for (const auto& [position, place] : constructions::answering(proof.task()))
      places_.emplace(position, place);
  }

  void prove() {
    columns();
    for (int round = 0; round < static_cast<int>(plan_.rounds.size()); ++round) reduce(round);
    for (const auto& column : parts_) {
      need(column.size() == 1, "a column comes to its block in parts");
      columns_.push_back(column.front());
    }
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

  using Pairs = std::map<std::vector<int>, std::pair<int, int>>;

  /// The products, of a column's, that a part of it adds up.
  Pairs products_of(const Cell& part, const std::vector<GhostTerm>& terms, const Pairs& all) {
    Pairs own;
    if (terms.empty()) {  // few enough to have been listed jointly, by digits or by products
      for (const auto& [atoms, digits] : all)
        if (std::ranges::includes(part.atom_list(), atoms) ||
            std::ranges::includes(part.atom_list(),
                                  proof_.ghosts().coarse(product(digits)).atom_list()))
          own.emplace(atoms, digits);
      return own;
    }
    for (const GhostTerm& term : terms) {
      const auto found = all.find(term.cell.atom_vector());
      need(found != all.end(), "a column adds a product that is not its own");
      own.insert(*found);
    }
    return own;
  }

  /// Is a part of a column the exact sum of these products? They may come in pieces, such as the bits
  /// [a_i >= u][b_k >= w].
  void check_part(const Cell& part, const std::vector<GhostTerm>& terms, const Pairs& pairs) {
    Ghosts& ghosts = proof_.ghosts();
    if (terms.empty()) {
      std::vector<Cell> products;
      for (const auto& [atoms, digits] : pairs) products.push_back(product(digits));
      need(ghosts.same(part, sum_of(products)), "a column is not the sum of its products");
      return;
    }
    need(ghosts.same(part, proof_.number(part.atoms[0])), "a column's sum is rounded");
    for (const auto& [atoms, digits] : pairs)
      need(ghosts.same(sum_over(terms, atoms), product(digits)),
           "a column adds something else than a product");
  }

  /// The terms of a number that is a function of one exact sum.
  std::vector<GhostTerm> terms_of(const Cell& cell) {
    return cell.count == 1 ? proof_.ghosts().terms(cell.atoms[0]) : std::vector<GhostTerm>{};
  }
  Cell sum_of(const std::vector<Cell>& cells) {
    return pass_.rows().map(cells, [&](const double* x) {
      double sum = 0;
      for (std::size_t i = 0; i < cells.size(); ++i) sum += x[i];
      return sum;
    });
  }
  /// What the terms over these atoms add, together.
  Cell sum_over(const std::vector<GhostTerm>& terms, const std::vector<int>& atoms) {
    Table sum;
    for (const GhostTerm& term : terms) {
      if (term.cell.atom_vector() != atoms) continue;
      const Table& table = proof_.ghosts().table(term.cell.table);
      sum.resize(table.size());
      for (std::size_t i = 0; i < table.size(); ++i) sum[i] += term.weight * table[i];
    }
    need(!sum.empty(), "a column misses a term");
    return proof_.ghosts().function(atoms, std::move(sum));
  }

  /// Is c_j, part by part, the exact sum of the products a_i b_k, i + k = j, each of them once?
  void check_column(const std::vector<Cell>& parts, int j) {
    const Pairs all = pairs_of_column(j);
    Pairs missing = all;
    for (const Cell& part : parts) {
      need(!part.is_interval(), "a column is known by bounds only");
      if (part == Cell::constant(0)) continue;
      const std::vector<GhostTerm> terms = terms_of(part);
      const Pairs own = products_of(part, terms, all);
      check_part(part, terms, own);
      for (const auto& [atoms, digits] : own)
        need(missing.erase(atoms) == 1, "a column adds a product twice");
    }
    need(missing.empty(), "a column misses a product");
  }

  Cell product(const std::pair<int, int>& digits) {
    const Cell both[] = {proof_.digit(0, digits.first), proof_.digit(1, digits.second)};
    return pass_.rows().map(both, [](const double* x) { return x[0] * x[1]; });
  }

  /// A channel that holds the same number at every answering token; from now on a function of itself.
  Cell share(const std::string& name, Cell& raw) {
    const int channel = proof_.channel(name);
    raw = pass_.cell(places_.begin()->first, channel);
    const Cell coarse = proof_.ghosts().coarse(raw);
    for (const auto& [position, place] : places_) {
      Cell& cell = pass_.cell(position, channel);
      need(cell == raw, "answering tokens hold different columns");
      cell = coarse;
    }
    return coarse;
  }

  void columns() {
    pass_.attend(0);
    proof_.step("every digit comes to every answering token from one key");
    pass_.feed_forward(0);
    for (int j = 0; j < plan_.l; ++j) {
      std::vector<Cell> raw(static_cast<std::size_t>(plan_.parts));
      parts_.emplace_back();
      for (int part = 0; part < plan_.parts; ++part)
        parts_.back().push_back(
            share(plan_.parts == 1 ? fmt::format("c.{}", j) : fmt::format("c.{}.{}", j, part),
                  raw[static_cast<std::size_t>(part)]));
      check_column(raw, j);
    }
    proof_.step("every column is the exact sum of its products");
  }

  /// sum_j c_j p^j stays what it is, modulo p^l, where c_j becomes c_j - p^s h_j + h_(j-s), whatever h_j is.
  void reduce(int round) {
    const constructions::MulRound& plan = plan_.rounds[static_cast<std::size_t>(round)];
    const int layer = 1 + 2 * round;
    pass_.attend(layer);
    pass_.feed_forward(layer);
    const int position = places_.begin()->first;
    std::vector<std::vector<Cell>> high(parts_.size());
    for (std::size_t j = 0; j < parts_.size(); ++j)
      for (std::size_t part = 0; part < parts_[j].size(); ++part) {
        const int channel = proof_.channel(fmt::format("high{}.{}.{}", round + 1, j, part));
        high[j].push_back(pass_.cell(position, channel));
        for (const auto& [other, place] : places_)
          need(pass_.cell(other, channel) == high[j].back(),
               "answering tokens hold different columns");
        need(high[j].back().is_constant() ||
                 high[j].back().atom_vector() == parts_[j][part].atom_vector(),
             "a column's high part depends on more than the column");
      }
    pass_.attend(layer + 1);
    pass_.feed_forward(layer + 1);
    for (std::size_t j = 0; j < parts_.size(); ++j) {
      std::vector<Cell> expected;
      for (std::size_t part = 0; part < parts_[j].size(); ++part) {
        const Cell both[] = {parts_[j][part], high[j][part]};
        expected.push_back(pass_.rows().map(
            both, [&](const double* x) { return x[0] - static_cast<double>(plan.power) * x[1]; }));
      }
      const auto shift = static_cast<std::size_t>(plan.shift);
      if (j >= shift)
        expected.insert(expected.end(), high[j - shift].begin(), high[j - shift].end());
      Cell raw;
      const Cell column = share(fmt::format("c{}.{}", round + 1, j), raw);
      check_reduced(raw, expected);
      reduced_.push_back({column});
    }
    parts_ = std::move(reduced_);
    reduced_.clear();
    proof_.step(fmt::format("round {}: every column's high part goes where it belongs", round + 1));
  }

  void check_reduced(const Cell& column, const std::vector<Cell>& expected) {
    Ghosts& ghosts = proof_.ghosts();
    const std::vector<GhostTerm> terms = terms_of(column);
    if (terms.empty()) {
      need(ghosts.same(column, sum_of(expected)), "a reduced column is wrong");
      return;
    }
    need(ghosts.same(column, proof_.number(column.atoms[0])), "a column's sum is rounded");
    std::set<std::vector<int>> atoms;
    for (const Cell& cell : expected) {
      need(!cell.is_constant() || cell.low == 0, "a reduced column is wrong");
      if (cell.is_constant()) continue;
      need(atoms.insert(cell.atom_vector()).second, "a reduced column counts a column twice");
      need(ghosts.same(sum_over(terms, cell.atom_vector()), cell), "a reduced column is wrong");
    }
    for (const GhostTerm& term : terms)
      need(atoms.contains(term.cell.atom_vector()), "a reduced column adds something else");
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
    pass_.attend(first_);
    pass_.feed_forward(first_);
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
    const auto& layer = pass_.model().layers[static_cast<std::size_t>(first_) + 2];
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
    pass_.attend(first_ + 1);
    pass_.feed_forward(first_ + 1);
    // Read where the block is the answer's own: elsewhere the unit adds a mask.
    for (int t = 0; t < plan_.blocks; ++t)
      for (const auto& [position, place] : places_)
        if (place / plan_.m == t) {
          values_.push_back(value_of(position, t));
          break;
        }
    proof_.step(
        "v_t = R_t - P floor(R_t/P) + floor(R_(t-1)/P) tells what its block does with a carry");
  }

  void carries() {
    question_.layer = first_ + 2;
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
    pass_.attend(first_ + 2);
    pass_.feed_forward(first_ + 2, {{proof_.channel("c"), carry_->rule()}});
    proof_.step("the carry is one AND for each block below, of which at most one fires");
  }

  void digits() {
    pass_.attend(first_ + 3);
    pass_.feed_forward(first_ + 3);
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
  int first_;     // layer of the blocks' quotients
  std::map<int, int> places_;
  std::vector<std::vector<Cell>> parts_, reduced_;  // columns part by part, functions of themselves
  std::vector<Cell> columns_, values_;
  std::map<int, PlaceBit> bits_;
  DisjunctionQuestion question_;
  std::optional<Disjunction> carry_;
};

}  // namespace

void prove_mul_log(Proof& proof, const constructions::Options& options) {
  Multiplication(proof, options).prove();
}

}  // namespace carrybit::certificates
