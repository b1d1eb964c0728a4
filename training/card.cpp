#include "training/card.hpp"

#include <nlohmann/json.hpp>

#include "experiments/evaluate.hpp"
#include "experiments/task_note.hpp"
#include "sim/model_file.hpp"
#include "sim/new_file.hpp"
#include "training/data.hpp"

namespace carrybit::training {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t seed = 1;
constexpr double claimed = 0.99;

/// Asks sets of problems one after the other.
class Asker {
 public:
  using Done = std::function<void(std::uint64_t, std::uint64_t)>;

  Asker(const Weights& weights, const Arithmetic& arithmetic, const Done& done, std::uint64_t all)
      : model_(weights, arithmetic), done_(done), all_(all) {}

  Json operator()(const ProblemSet& problems) {
    Evaluation how;
    how.progress = [&](std::uint64_t asked, std::uint64_t) {
      if (done_) {
        done_(before_ + asked, all_);
      }
    };
    const Score score = evaluate(model_, problems, how);
    before_ += score.count();
    return {{"problems", score.count()}, {"exact", score.exact()}};
  }

 private:
  Simulator model_;
  const Done& done_;
  std::uint64_t all_;
  std::uint64_t before_ = 0;
};

/// Held-out problems: all of them where they are few, else the first among random ones of all
/// lengths.
ProblemSet held_out_problems(const Task& task, double share, std::uint64_t most) {
  std::vector<NamedProblem> problems;
  const auto all = problem_count(task);
  constexpr std::uint64_t few = 1U << 20;
  const bool enumerate = all && *all <= few;
  const std::uint64_t tries = enumerate ? *all : most * 1000;
  for (std::uint64_t i = 0; i < tries && (enumerate || problems.size() < most); ++i) {
    Problem p = enumerate ? problem_at(task, i) : sample(task, Sampling::uniform, seed, i);
    if (held_out(p, share)) {
      problems.push_back({std::move(p), "held_out"});
    }
  }
  if (problems.size() > most) {  // evenly among them
    std::vector<NamedProblem> some;
    for (std::uint64_t i = 0; i < most; ++i) {
      some.push_back(problems[i * problems.size() / most]);
    }
    problems = std::move(some);
  }
  return ProblemSet::of(task, std::move(problems));
}

double share(const Json& count) {
  const auto problems = count["problems"].get<double>();
  return problems > 0 ? count["exact"].get<double>() / problems : 0;
}

/// What a model was trained in, as far as our arithmetic has it: its format for what is stored, fp32 for
/// products and sums.
Arithmetic arithmetic_as_trained(const TrainPrecision& precision) {
  Arithmetic a = preset("torch-bf16");
  if (!precision.rounds_gradients()) {
    for (Role* role : {&a.weights, &a.activations, &a.probabilities, &a.kv_cache}) {
      role->format = *precision.format();
    }
    a.label = precision.name() + ", products and sums fp32";
  }
  return a;
}

Json by_length(const TrainSettings& s, const Json& full, std::uint64_t count, Asker& ask) {
  const Task task(s.task);
  const bool numbers = task.kind() != TaskKind::majority && task.kind() != TaskKind::parity;
  Json rows = Json::array();
  for (int m = numbers ? s.shortest : task.digits(); m <= task.digits(); ++m) {
    Json row = {{"length", m}};
    row.update(numbers ? ask(ProblemSet::random(task, Sampling::uniform, seed, count, m)) : full);
    rows.push_back(row);
  }
  return rows;
}

Json evaluation_of(const TrainSettings& s, const Weights& weights, const CardCounts& counts,
                   const Asker::Done& done) {
  const Task task(s.task);
  const auto lengths = static_cast<std::uint64_t>(task.digits() - s.shortest + 1);
  const std::uint64_t all = counts.full + counts.carry_heavy + counts.each_length * lengths +
                            (s.hold_out > 0 ? counts.held_out : 0);
  Asker ask(weights, Arithmetic::uniform(Format::parse("fp32")), done, all);
  Json out = {{"arithmetic", "fp32"}, {"seed", seed}};
  out["full"] = ask(ProblemSet::random(task, Sampling::uniform, seed, counts.full));
  out["carry_heavy"] =
      ask(ProblemSet::random(task, Sampling::carry_heavy, seed, counts.carry_heavy));
  out["by_length"] = by_length(s, out["full"], counts.each_length, ask);
  if (s.hold_out > 0) {
    out["held_out"] = ask(held_out_problems(task, s.hold_out, counts.held_out));
  }
  Json claims = Json::array();
  for (const Json& row : out["by_length"]) {
    const bool longest = row["length"] == task.digits();
    if (share(row) >= claimed && (!longest || share(out["full"]) >= claimed)) {
      claims.push_back(row["length"]);
    }
  }
  out["lengths_at_99_percent"] = claims;
  if (s.precision.format()) {
    const Arithmetic arithmetic = arithmetic_as_trained(s.precision);
    Asker own(weights, arithmetic, done, counts.full);
    out["as_trained"] = {{"arithmetic", arithmetic.label}};
    out["as_trained"]["full"] = own(ProblemSet::random(task, Sampling::uniform, seed, counts.full));
  }
  return out;
}

}  // namespace

std::string model_card(const TrainSettings& s, const Trained& trained, const std::string& command,
                       const CardCounts& counts,
                       const std::function<void(std::uint64_t, std::uint64_t)>& done) {
  const Task task(s.task);
  const ModelConfig& c = s.shape;
  Json card = {{"version", 1},
               {"name", c.name},
               {"task", task.name()},
               {"command", command},
               {"seed", s.seed},
               {"steps", trained.steps},
               {"minutes", std::round(trained.seconds / 6) / 10},
               {"last_loss", trained.loss},
               {"precision", s.precision.name()},
               {"positions", positions_name(s)},
               {"layers", c.layers},
               {"width", c.width},
               {"heads", c.heads},
               {"ffn", c.ffn},
               {"parameters", trained.parameters},
               {"data",
                {{"problems",
                  static_cast<std::uint64_t>(trained.steps) * static_cast<std::uint64_t>(s.batch)},
                 {"lengths", {s.shortest, task.digits()}},
                 {"carry_heavy", s.carry_heavy},
                 {"hold_out", s.hold_out},
                 {"problems_there_are", problem_count_text(task)}}}};
  card["evaluation"] = evaluation_of(s, trained.weights, counts, done);
  return card.dump(2) + "\n";
}

void save_trained(const std::filesystem::path& folder, const TrainSettings& settings,
                  const Weights& weights, const std::string& card) {
  Weights named = weights;
  named.config.name = settings.shape.name;
  save_model(folder, named, Dtype::f32, note_of(Task(settings.task)));
  if (!card.empty()) {
    NewFile file(folder / "card.json");
    file.write(card);
    file.finish();
    file.commit();
  }
}

}  // namespace carrybit::training
