#include "arith_tasks/constructions/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <type_traits>

namespace carrybit::constructions {

namespace {

// Faults of a program, not of a user's input.
[[noreturn]] void fail(const std::string& what) { throw std::logic_error(what); }

}  // namespace

Program::Program(std::string name, const Task& task, const Setting& setting)
    : name_(std::move(name)), task_(task), vocabulary_(task), setting_(setting) {}

std::size_t Program::index(Channel channel) const {
  if (channel.index < 0 || channel.index >= static_cast<int>(channels_.size()))
    fail(fmt::format("{}: a channel that was never declared", name_));
  return static_cast<std::size_t>(channel.index);
}

Channel Program::channel(std::string name, Range range, std::string meaning) {
  const Channel made{static_cast<int>(channels_.size())};
  if (!by_name_.emplace(name, made).second)
    fail(fmt::format("{}: channel '{}' is declared twice", name_, name));
  channels_.push_back({std::move(name), range, std::move(meaning)});
  token_rows_.emplace_back();
  position_rows_.emplace_back();
  return made;
}

std::vector<Channel> Program::channels(std::string_view name, int count, Range range,
                                       const std::string& meaning, int first) {
  std::vector<Channel> made;
  for (int i = first; i < first + count; ++i)
    made.push_back(channel(fmt::format("{}.{}", name, i), range, meaning));
  return made;
}

Channel Program::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  if (at == by_name_.end()) fail(fmt::format("{}: no channel '{}'", name_, name));
  return at->second;
}

Range Program::range(const Form& form) const {
  Range total = Range::integers(form.constant, form.constant);
  for (const Term& term : form.terms) total = total + term.coefficient * info(term.channel).range;
  return total;
}

void Program::token(Token token, Channel channel, double value) {
  auto& row = token_rows_.at(index(channel));
  if (!position_rows_.at(index(channel)).empty())
    fail(fmt::format("{}: both tables write '{}'", name_, info(channel).name));
  if (row.empty()) row.resize(static_cast<std::size_t>(vocabulary_.size()), 0.0);
  row.at(static_cast<std::size_t>(token)) = value;
}

void Program::position(int position, Channel channel, double value) {
  auto& row = position_rows_.at(index(channel));
  if (!token_rows_.at(index(channel)).empty())
    fail(fmt::format("{}: both tables write '{}'", name_, info(channel).name));
  if (row.empty()) row.resize(static_cast<std::size_t>(length()), 0.0);
  // The last token of a sequence is predicted, never read.
  if (position == length()) return;
  row.at(static_cast<std::size_t>(position)) = value;
}

void Program::everywhere(Channel channel, double value) {
  for (int t = 0; t < length(); ++t) position(t, channel, value);
}

const std::vector<double>& Program::token_row(Channel channel) const {
  return token_rows_.at(index(channel));
}

const std::vector<double>& Program::position_row(Channel channel) const {
  return position_rows_.at(index(channel));
}

Layer& Program::layer() {
  if (layers_.empty()) fail(fmt::format("{}: no layer was begun", name_));
  return layers_.back();
}

Place Program::open_units() {
  return {.layer = static_cast<int>(layers_.size()) - 1,
          .first_unit = static_cast<int>(layer().units.size())};
}

Place Program::close(Place place) {
  place.units = static_cast<int>(layer().units.size()) - place.first_unit;
  return place;
}

Place Program::last_head() {
  return {.layer = static_cast<int>(layers_.size()) - 1,
          .head = static_cast<int>(layer().heads.size()) - 1};
}

void Program::unit(Form form, std::vector<Output> outputs) {
  layer().units.push_back({std::move(form), std::nullopt, std::move(outputs)});
}

void Program::unit(Form form, Form factor, std::vector<Output> outputs) {
  layer().units.push_back({std::move(form), std::move(factor), std::move(outputs)});
}

Needs Program::needs() const {
  using constructions::needs;
  Needs all;
  all.fraction_bits = fraction_bits_;
  for (const Primitive& primitive : primitives_)
    std::visit(
        [&](const auto& spec) {
          using Spec = std::decay_t<decltype(spec)>;
          if constexpr (std::is_same_v<Spec, ByHand>)
            all.add(spec.asks);
          else if constexpr (requires { needs(spec); })
            all.add(needs(spec));
          else
            all.add(needs(*this, spec));
        },
        primitive);
  return all;
}

const std::string& name(const Primitive& primitive) {
  return std::visit([](const auto& spec) -> const std::string& { return spec.name; }, primitive);
}

const Place& place(const Primitive& primitive) {
  return std::visit([](const auto& spec) -> const Place& { return spec.at; }, primitive);
}

std::string_view kind(const Primitive& primitive) {
  constexpr std::string_view names[] = {"MATCH", "NEAR",  "NEAR WITHIN", "FLOOR", "UNIFORM",
                                        "MEAN",  "STEP",  "SPIKE",       "TENTS", "AND",
                                        "PICK",  "TIMES", "BY HAND"};
  static_assert(std::size(names) == std::variant_size_v<Primitive>);
  return names[primitive.index()];
}

}  // namespace carrybit::constructions
