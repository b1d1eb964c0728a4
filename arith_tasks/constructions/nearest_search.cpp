#include "arith_tasks/constructions/nearest_search.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::constructions {

namespace {

double magnitude(const SearchPlan& plan) {
  double most = no_rank(plan.top);
  for (int l = 1; l < plan.levels; ++l) {
    const double b = plan.code(l).bound();
    most = std::max(most, (plan.base + 1) * std::max(1.0, b * b));
  }
  return most;
}

class Search {
 public:
  Search(Program& program, const SearchPlan& plan, Channel one,
         const std::vector<std::pair<int, int>>& sentinels, const Searcher& rows)
      : program_(program),
        plan_(plan),
        one_(one),
        sentinels_(sentinels),
        rows_(rows),
        blocked_(rows.blocked) {
    found_ = bit("found", "a place was found");
  }

  /// The head of this level, and the units that keep what it found.
  void level(int l) {
    const Group target = l == 1 ? rows_.out : scratch(l);
    const Channel here = l == 1 || l == plan_.levels ? found_ : bit(fmt::format("found{}", l), "");
    const Group& values = l == 1 ? rows_.value : rows_.out;
    if (l < plan_.levels)
      search_groups(l, values, target, here);
    else
      near(program_, {.name = rows_.name + " top",
                      .role = rows_.role,
                      .rank = top_rank(),
                      .blocked = blocked_,
                      .ranks = plan_.top,
                      .values = fetch(values.all(), target.all())});
    if (l > 1) keep(target);
    if (l < plan_.levels) pass_on(l, here);
  }

 private:
  std::string full(const std::string& name) const { return rows_.name + " " + name; }
  Channel bit(const std::string& name, const std::string& meaning) {
    return program_.channel(full(name), Range::bit(), meaning);
  }
  Group scratch(int l) {
    // As wide as the value's own address.
    Group group;
    const double b = rows_.value_bound;
    for (std::size_t c = 0; c < rows_.out.components.size(); ++c)
      group.components.push_back(program_.channel(full(fmt::format("level{}.{}", l, c)),
                                                  Range::integers(-b, b), "found on this level"));
    for (std::size_t c = 0; c < rows_.out.components.size(); ++c)
      group.squares.push_back(program_.channel(full(fmt::format("level{}.{}^2", l, c)),
                                               Range::integers(0, b * b), "found on this level"));
    return group;
  }

  void search_groups(int l, const Group& values, const Group& target, Channel here) {
    const AddressCode code = plan_.code(l);
    const int b = plan_.base;
    const Group group = address_channels(program_, full(fmt::format("group{}", l)), code,
                                         "own group of this level");
    const Channel rank = program_.channel(full(fmt::format("rank{}", l)), Range::integers(0, b + 1),
                                          "rank in that group");
    program_.everywhere(rank, b + 1);
    for (const auto& [position, place] : rows_.places) {
      put_address(program_, position, group, code, place / plan_.size(l));
      if (place % plan_.size(l - 1) == 0)
        program_.position(position, rank, place / plan_.size(l - 1) % b);
    }
    for (const auto& [position, place] : sentinels_)
      if (place % plan_.size(l) == 0) {
        put_address(program_, position, group, code, place / plan_.size(l));
        program_.position(position, rank, b);
      }
    std::vector<Fetch> fetched = fetch(values.all(), target.all());
    // On higher levels a key that is not blocked has found a place: any real winner has.
    fetched.push_back({rows_.role, here});
    near_within(program_, {.name = full(fmt::format("level {}", l)),
                           .code = code,
                           .group = group,
                           .role = rows_.role,
                           .flag = one_,
                           .rank = rank,
                           .blocked = blocked_,
                           .ranks = b,
                           .values = fetched});
  }

  Channel top_rank() {
    const Channel rank =
        program_.channel(full("top rank"), Range::integers(-(plan_.top / 2), no_rank(plan_.top)),
                         "rank of the group that begins here");
    program_.everywhere(rank, no_rank(plan_.top));
    const int size = plan_.size(plan_.levels - 1);
    for (const auto& [position, place] : rows_.places)
      if (place % size == 0)
        program_.position(position, rank, centred_rank(place / size, plan_.top));
    return rank;
  }

  /// out += what this level found, unless a lower one had found something.
  void keep(const Group& target) {
    const double b = rows_.value_bound;
    for (std::size_t c = 0; c < target.components.size(); ++c) {
      const Channel out = rows_.out.components[c];
      for (const double sign : {1.0, -1.0})
        pick(program_, {.name = full("keep"),
                        .argument = sign * Form(target.components[c]),
                        .range = Range::integers(-b, b),
                        .off = found_,
                        .outputs = {{out, sign}}});
      pick(program_, {.name = full("keep"),
                      .argument = target.squares[c],
                      .range = Range::integers(0, b * b),
                      .off = found_,
                      .outputs = {{rows_.out.squares[c], 1}}});
    }
  }

  /// For the next level: a place is blocked there if nothing was found up to here.
  void pass_on(int l, Channel here) {
    std::vector<Channel> no = {found_, rows_.off};
    if (l > 1) {
      and_unit(program_,
               {.name = full("found"), .yes = here, .no = {found_}, .outputs = {{found_, 1}}});
      no.push_back(here);
    }
    const Channel next = bit(fmt::format("blocked{}", l + 1), "nothing found up to this level");
    and_unit(program_, {.name = full("blocked"), .yes = one_, .no = no, .outputs = {{next, 1}}});
    blocked_ = next;
  }

  Program& program_;
  const SearchPlan& plan_;
  Channel one_;
  const std::vector<std::pair<int, int>>& sentinels_;
  const Searcher& rows_;
  Channel blocked_, found_;
};

}  // namespace

int SearchPlan::size(int level) const {
  int power = 1;
  for (int i = 0; i < level && power <= places; ++i) power *= base;
  return power;
}

int SearchPlan::groups(int level) const { return ceil_div(places, size(level)); }

SearchPlan plan_search(int places, int levels, int digits) {
  SearchPlan best;
  for (int base = 2; base == 2 || base < places; ++base) {
    SearchPlan plan{places, levels, digits, base, 1};
    plan.top = plan.groups(levels - 1);
    if (base == 2 || magnitude(plan) < magnitude(best)) best = plan;
  }
  return best;
}

void search_nearest(Program& program, const SearchPlan& plan, Channel one,
                    const std::vector<std::pair<int, int>>& sentinels,
                    const std::vector<Searcher>& searchers) {
  std::vector<Search> searches;
  for (const Searcher& rows : searchers) searches.emplace_back(program, plan, one, sentinels, rows);
  for (int l = 1; l <= plan.levels; ++l) {
    program.next_layer();
    for (Search& search : searches) search.level(l);
  }
}

int search_channels(const SearchPlan& plan, int value_digits) {
  const int higher = plan.levels - 1;  // levels but the first, levels but the top
  return 1 + higher * (2 * plan.digits + 1) + higher * (2 * value_digits + 1) +
         std::max(0, plan.levels - 2) + 1;
}

int search_units(const SearchPlan& plan, int value_digits, int searchers) {
  if (plan.levels == 2) return searchers * 3 * value_digits;
  return searchers * (3 * value_digits + 2);
}

}  // namespace carrybit::constructions
