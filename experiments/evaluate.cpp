#include "experiments/evaluate.hpp"

#include <algorithm>
#include <map>

#include "arith_tasks/problem.hpp"
#include "arith_tasks/vocabulary.hpp"

namespace carrybit {

namespace {

/// A problem on its way through a block.
struct Item {
  std::uint64_t index = 0;
  NamedProblem problem;
  Encoded encoded;
};

void check_model(const Simulator& model, const Task& task) {
  const int vocabulary = Vocabulary(task).size();
  if (model.config().vocabulary < vocabulary) {
    throw BadInput(fmt::format("{} needs a vocabulary of {} tokens; this model has {}", task.name(),
                               vocabulary, model.config().vocabulary));
  }
  const int longest = task.input_tokens();
  if (model.config().positions == Positions::learned && model.config().max_length < longest) {
    throw BadInput(fmt::format("{} needs sequences of {} tokens; this model takes at most {}",
                               task.name(), longest, model.config().max_length));
  }
}

/// What the model answers, for items of equal prompt and answer lengths.
std::vector<std::vector<int>> answers(const Simulator& model, const std::vector<const Item*>& items,
                                      Reading reading) {
  const std::size_t prompt = items.front()->encoded.prompt.size();
  std::vector<std::vector<int>> rows;
  rows.reserve(items.size());
  for (const Item* item : items) {
    rows.emplace_back(item->encoded.prompt.begin(), item->encoded.prompt.end());
    if (reading == Reading::teacher_forced) {
      const auto& answer = item->encoded.answer;
      rows.back().insert(rows.back().end(), answer.begin(), answer.end() - 1);
    }
  }
  if (reading == Reading::generated) {
    return model.generate(rows, static_cast<int>(items.front()->encoded.answer.size()));
  }
  return model.predict(rows, static_cast<int>(prompt) - 1);
}

void grade_block(const Simulator& model, const std::vector<Item>& block, Reading reading,
                 Score& score) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<const Item*>> by_length;
  for (const Item& item : block) {
    by_length[{item.encoded.prompt.size(), item.encoded.answer.size()}].push_back(&item);
  }
  for (const auto& [lengths, items] : by_length) {
    const auto produced = answers(model, items, reading);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::vector<Token> tokens(produced[i].begin(), produced[i].end());
      score.add(items[i]->index, items[i]->problem, items[i]->encoded.answer, tokens);
    }
  }
}

}  // namespace

Score evaluate(const Simulator& model, const ProblemSet& problems, const Evaluation& how) {
  const Task& task = problems.task();
  check_model(model, task);
  Score score(task);
  // Blocks of some 2^16 tokens keep memory bounded; the first ones are small, so that a model that is
  // wrong everywhere is found out quickly.
  const auto tokens = static_cast<std::uint64_t>(task.sequence_tokens());
  const std::uint64_t largest = std::max<std::uint64_t>(2, (std::uint64_t{1} << 16) / tokens);
  std::uint64_t size = how.stop_at_failure ? std::min<std::uint64_t>(8, largest) : largest;
  for (std::uint64_t first = 0; first < problems.size();) {
    const std::uint64_t count = std::min(size, problems.size() - first);
    std::vector<Item> block(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      block[i].index = first + i;
      block[i].problem = problems.at(first + i);
      block[i].encoded = encode(task, block[i].problem.problem);
    }
    grade_block(model, block, how.reading, score);
    first += count;
    if (how.progress) {
      how.progress(first, problems.size());
    }
    if (how.stop_at_failure && score.count() - score.exact() > how.failures_allowed) {
      break;
    }
    size = std::min(largest, size * 4);
  }
  return score;
}

}  // namespace carrybit
