#include "arith_tasks/constructions/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "arith_tasks/constructions/room.hpp"

namespace carrybit::constructions {

namespace {

void put_form(Linear& map, int row, const Form& form, double largest) {
  // What a saturating format would do when the weights are loaded.
  const auto clip = [largest](double w) { return std::clamp(w, -largest, largest); };
  for (const Term& term : form.terms)
    map.weight.at(row, term.channel.index) += clip(term.coefficient);
  if (form.constant == 0) return;
  if (map.bias.empty()) map.bias.resize(static_cast<std::size_t>(map.weight.rows), 0.0);
  map.bias[static_cast<std::size_t>(row)] = clip(form.constant);
}

void put_head(LayerWeights& weights, int first_row, const Head& head, double largest) {
  int row = first_row;
  for (const ScoreTerm& term : head.scores) {
    put_form(weights.query, row, term.query, largest);
    put_form(weights.key, row, term.key, largest);
    ++row;
  }
  row = first_row;
  for (const Fetch& fetched : head.values) {
    put_form(weights.value, row, fetched.value, largest);
    weights.output.weight.at(fetched.out.index, row) = 1;
    ++row;
  }
}

void put_unit(LayerWeights& weights, int row, const Unit& unit, bool gated, double largest) {
  put_form(gated ? weights.gate : weights.up, row, unit.form, largest);
  if (gated) put_form(weights.up, row, unit.factor.value_or(Form(1.0)), largest);
  for (const Output& output : unit.outputs)
    weights.down.weight.at(output.out.index, row) += std::clamp(output.weight, -largest, largest);
}

LayerWeights compile_layer(const Layer& layer, const Dimensions& size, double largest) {
  const int inner = size.heads * size.head_dim;
  LayerWeights weights;
  weights.query.weight = Matrix(inner, size.width);
  weights.key.weight = Matrix(inner, size.width);
  weights.value.weight = Matrix(inner, size.width);
  weights.output.weight = Matrix(size.width, inner);
  if (size.ffn > 0) {
    if (size.gated) weights.gate.weight = Matrix(size.ffn, size.width);
    weights.up.weight = Matrix(size.ffn, size.width);
    weights.down.weight = Matrix(size.width, size.ffn);
  }
  int h = 0;
  for (const Head& head : layer.heads) put_head(weights, size.head_dim * h++, head, largest);
  int u = 0;
  for (const Unit& unit : layer.units) put_unit(weights, u++, unit, size.gated, largest);
  return weights;
}

ModelConfig configuration(const Program& program, const Dimensions& size) {
  ModelConfig config;
  config.name = fmt::format("{} {}", program.name(), program.task().name());
  config.vocabulary = program.vocabulary().size();
  config.max_length = program.length();
  config.width = size.width;
  config.layers = size.layers;
  config.heads = config.kv_heads = size.heads;
  config.head_dim = size.head_dim;
  config.ffn = size.ffn;
  config.activation = size.gated ? Activation::reglu : Activation::relu;
  for (int t = 0; t < config.vocabulary; ++t)
    config.vocabulary_text.push_back(program.vocabulary().text(t));
  return config;
}

void put_tables(const Program& program, Weights& weights) {
  for (int c = 0; c < weights.config.width; ++c) {
    const auto copy = [c](const std::vector<double>& row, Matrix& table) {
      for (std::size_t i = 0; i < row.size(); ++i) table.at(static_cast<int>(i), c) = row[i];
    };
    copy(program.token_row({c}), weights.token_embedding);
    copy(program.position_row({c}), weights.position_embedding);
  }
}

void check_head(const Program& program, const Head& head) {
  std::vector<Channel> outs;
  for (const Fetch& fetched : head.values) outs.push_back(fetched.out);
  std::ranges::sort(outs);
  if (std::ranges::adjacent_find(outs) != outs.end())
    throw std::logic_error(
        fmt::format("{}: two values of head '{}' go to one channel", program.name(), head.name));
}

}  // namespace

std::string Dimensions::text() const {
  return fmt::format("{} layer{}, d_model {}, {} head{} of {}, d_ff {}, {}", layers,
                     layers == 1 ? "" : "s", width, heads, heads == 1 ? "" : "s", head_dim, ffn,
                     gated ? "ReGLU" : "ReLU");
}

Dimensions dimensions(const Program& program) {
  Dimensions size;
  size.layers = static_cast<int>(program.layers().size());
  size.width = static_cast<int>(program.all_channels().size());
  size.heads = size.head_dim = 1;  // a transformer has at least one head
  for (const Layer& layer : program.layers()) {
    size.heads = std::max(size.heads, static_cast<int>(layer.heads.size()));
    size.ffn = std::max(size.ffn, static_cast<int>(layer.units.size()));
    for (const Head& head : layer.heads)
      size.head_dim = std::max(size.head_dim,
                               static_cast<int>(std::max(head.scores.size(), head.values.size())));
    for (const Unit& unit : layer.units) size.gated = size.gated || unit.factor.has_value();
  }
  return size;
}

void check(const Program& program) {
  int c = 0;
  for (const ChannelInfo& info : program.all_channels()) {
    for (const auto* row : {&program.token_row({c}), &program.position_row({c})})
      for (const double value : *row)
        if (!info.range.contains(value))
          throw std::logic_error(fmt::format("{}: a table writes {} to '{}', declared {}",
                                             program.name(), value, info.name, info.range.text()));
    ++c;
  }
  for (const Layer& layer : program.layers())
    for (const Head& head : layer.heads) check_head(program, head);
  if (program.answer().size() != static_cast<std::size_t>(program.vocabulary().token_base()))
    throw std::logic_error(fmt::format("{}: {} answer channels for {} digits", program.name(),
                                       program.answer().size(), program.vocabulary().token_base()));
}

Weights compile(const Program& program) {
  check(program);
  const Dimensions size = dimensions(program);
  need_room(program.name(), program.task(), size);
  Weights weights;
  weights.config = configuration(program, size);
  weights.token_embedding = Matrix(weights.config.vocabulary, size.width);
  weights.position_embedding = Matrix(weights.config.max_length, size.width);
  put_tables(program, weights);
  for (const Layer& layer : program.layers())
    weights.layers.push_back(compile_layer(layer, size, program.setting().largest));
  weights.head.weight = Matrix(weights.config.vocabulary, size.width);
  int digit = 0;
  for (const Channel out : program.answer()) weights.head.weight.at(digit++, out.index) = 1;
  weights.validate();
  return weights;
}

}  // namespace carrybit::constructions
