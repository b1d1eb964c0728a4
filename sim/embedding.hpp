#pragma once
// The first stage: every token's row of the embedding, and its position's added to it.

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "precision/error.hpp"
#include "sim/stages.hpp"

namespace carrybit {

/// Tokens of B sequences of equal length, [input][position].
using TokenRows = std::span<const std::vector<int>>;

namespace detail {

/// Tables without zeros are worth a gather of their entries, channel by channel.
template <class Engine>
bool embeds_in_lanes(const Engine& engine, const PreparedModel<typename Engine::Value>& model) {
  using Row = SparseRow<typename Engine::Value>;
  const auto dense = [&](const std::vector<Row>& table) {
    return std::ranges::all_of(table, [&](const Row& row) {
      return 2 * row.index.size() > static_cast<std::size_t>(model.config.width);
    });
  };
  return in_arrays(engine) && model.config.positions == Positions::learned &&
         dense(model.token_embedding) && dense(model.position_embedding);
}

/// [row][channel]
template <class Value>
std::vector<Value> entries_of(const std::vector<SparseRow<Value>>& rows, std::size_t width,
                              const Value& zero) {
  std::vector<Value> entries(rows.size() * width, zero);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t k = 0; k < rows[r].index.size(); ++k) {
      entries[r * width + static_cast<std::size_t>(rows[r].index[k])] = rows[r].value[k];
    }
  }
  return entries;
}

template <class Engine>
void embed_in_lanes(Engine& engine, const PreparedModel<typename Engine::Value>& model,
                    TokenRows tokens, int past, Columns<typename Engine::Value>& x) {
  using Value = typename Engine::Value;
  const auto width = static_cast<std::size_t>(model.config.width);
  std::vector<Value> token_entries = entries_of(model.token_embedding, width, engine.zero());
  each(engine, LaneOp::convert, token_entries.data(), {}, token_entries.size(),
       token_entries.data(), RoleId::activations, {});
  const auto position_entries = entries_of(model.position_embedding, width, engine.zero());
  std::vector<std::size_t> token_at;
  std::vector<std::size_t> position_at;  // [column]
  for (const auto& row : tokens) {
    for (int i = 0; i < x.positions; ++i) {
      token_at.push_back(static_cast<std::size_t>(row[static_cast<std::size_t>(i)]) * width);
      position_at.push_back(static_cast<std::size_t>(past + i) * width);
    }
  }
  std::vector<Value> added(x.count(), engine.zero());
  for (std::size_t c = 0; c < width; ++c) {
    Value* out = x.row(static_cast<int>(c));
    for (std::size_t i = 0; i < x.count(); ++i) {
      out[i] = token_entries[token_at[i] + c];
      added[i] = position_entries[position_at[i] + c];
    }
    each(engine, LaneOp::add, out, added.data(), x.count(), out, RoleId::activations, {});
  }
}

/// One token at `position`, into one column.
template <class Engine>
void embed_token(Workshop<Engine>& shop, const PreparedModel<typename Engine::Value>& model,
                 int token, int position, std::size_t column, Columns<typename Engine::Value>& x) {
  using Value = typename Engine::Value;
  Engine& engine = shop.engine;
  const auto& row = model.token_embedding[static_cast<std::size_t>(token)];
  const Keys keys = shop.keys(0, 100);
  std::vector<int> negative_zeros;
  for (std::size_t k = 0; k < row.index.size(); ++k) {
    const auto key = keys.step((1ULL << 32) + static_cast<std::uint64_t>(row.index[k]))(column);
    Value& cell = x.row(row.index[k])[column];
    cell = engine.convert(row.value[k], RoleId::activations, key);
    if (engine.is_negative_zero(cell)) {
      negative_zeros.push_back(row.index[k]);
    }
  }
  const auto add = [&](int channel, const Value& p) {
    Value& cell = x.row(channel)[column];
    cell = engine.add(cell, p, RoleId::activations,
                      keys.step(static_cast<std::uint64_t>(channel))(column));
  };
  if (model.config.positions == Positions::learned) {
    const auto& table = model.position_embedding[static_cast<std::size_t>(position)];
    for (std::size_t k = 0; k < table.index.size(); ++k) {
      add(table.index[k], table.value[k]);
    }
    for (const int channel : negative_zeros) {  // the one value that adding +0 changes
      if (!std::ranges::binary_search(table.index, channel)) {
        add(channel, engine.zero());
      }
    }
  } else if (model.config.positions == Positions::sinusoidal) {
    for (int c = 0; c < model.config.width; ++c) {
      add(c, sinusoid_entry(engine, model.config, position, c));
    }
  }
}

}  // namespace detail

/// Tokens at positions past, past + 1, ... of every sequence, into x: [width][B m], all zeros before. Throws
/// BadInput for a token that the vocabulary does not have.
template <class Engine>
void embed(Workshop<Engine>& shop, const PreparedModel<typename Engine::Value>& model,
           TokenRows tokens, int past, Columns<typename Engine::Value>& x) {
  for (const auto& row : tokens) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] < 0 || row[i] >= model.config.vocabulary) {
        throw BadInput(fmt::format("token {} at position {}: the vocabulary has tokens 0 to {}",
                                   row[i], past + static_cast<int>(i),
                                   model.config.vocabulary - 1));
      }
    }
  }
  if (detail::embeds_in_lanes(shop.engine, model)) {
    detail::embed_in_lanes(shop.engine, model, tokens, past, x);
    return;
  }
  for (int b = 0; b < x.inputs; ++b) {
    const auto& row = tokens[static_cast<std::size_t>(b)];
    for (int i = 0; i < x.positions; ++i) {
      detail::embed_token(shop, model, row[static_cast<std::size_t>(i)], past + i, x.column(b, i),
                          x);
    }
  }
}

}  // namespace carrybit
