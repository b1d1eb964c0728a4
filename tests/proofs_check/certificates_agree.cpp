// For every small size a certificate and the exhaustive search agree: certified exactly where no input
// is answered wrong, but for the cases that are named here.

#include "tests/proofs_check/agreement.hpp"

namespace carrybit::test {

TEST_CASE("add_constant: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 4; ++n) tasks.push_back(Task::add(2, n));
  tasks.push_back(Task::add(3, 2));
  tasks.push_back(Task::add(10, 1));
  compare_all("add_constant", tasks, {"", "variant=rel"}, 4, count);
  CHECK(count.both > 50);
  CHECK(count.careful.size() == 0);
}

TEST_CASE("add_log: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 5; ++n) tasks.push_back(Task::add(2, n));
  for (int n = 1; n <= 3; ++n) tasks.push_back(Task::add(3, n));
  tasks.push_back(Task::add(10, 1));
  compare_all("add_log", tasks, {"", "radix=1", "code=onehot"}, 6, count);
  CHECK(count.both > 100);
  CHECK(count.neither > 100);
  CHECK(count.careful.size() == 0);
}

TEST_CASE("add_log in levels: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 5; ++n) tasks.push_back(Task::add(2, n));
  for (int n = 1; n <= 2; ++n) tasks.push_back(Task::add(3, n));
  tasks.push_back(Task::add(10, 1));
  compare_all("add_log", tasks, {"levels=2", "levels=3,radix=1", "code=onehot,levels=2"}, 6, count);
  CHECK(count.both > 100);
  CHECK(count.neither > 100);
  // With one digit no carry but the first is asked for: other keys may keep weight.
  for (const std::string& what : count.careful) {
    CAPTURE(what);
    CHECK(what.find(".n1 fixed:i") != std::string::npos);
  }
}

TEST_CASE("iter_add_log: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 4; ++n) tasks.push_back(Task::iter_add(2, n, 2));
  for (int n = 1; n <= 3; ++n) tasks.push_back(Task::iter_add(2, n, 3));
  for (int n = 1; n <= 2; ++n) tasks.push_back(Task::iter_add(2, n, 4));
  tasks.push_back(Task::iter_add(3, 2, 3));
  tasks.push_back(Task::iter_add(10, 1, 3));
  compare_all("iter_add_log", tasks, {"", "variant=relu", "variant=reglu_halved"}, 7, count);
  CHECK(count.both > 50);
  // Two digits' sum clipped by 1, halved: a tie that rounds to the even sum that was meant, by luck.
  for (const std::string& what : count.careful) {
    CAPTURE(what);
    CHECK(what.find(".k2 fixed:i2.f1 ") != std::string::npos);
  }
}

TEST_CASE("mul_log: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 4; ++n) tasks.push_back(Task::mul(2, n));
  tasks.push_back(Task::mul(2, 4, 5));
  tasks.push_back(Task::mul(3, 2));
  tasks.push_back(Task::mul(10, 1));
  compare_all("mul_log", tasks, {"", "variant=relu"}, 8, count);
  CHECK(count.both > 50);
  // A column's sum of 3 where M < 4 is read with others that no product has beside it.
  for (const std::string& what : count.careful) {
    CAPTURE(what);
    CHECK(what.find("mul:p2.n3.l6 fixed:i2.f") != std::string::npos);
  }
}

TEST_CASE("mul_log in rounds: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 4; ++n) tasks.push_back(Task::mul(2, n));
  tasks.push_back(Task::mul(3, 2));
  tasks.push_back(Task::mul(10, 1));
  compare_all("mul_log", tasks,
              {"rounds=1", "rounds=2", "rounds=1,parts=2", "variant=relu,rounds=1"}, 8, count);
  CHECK(count.both > 50);
  // The largest column is clipped by a quantum or two, or, in parts, no product has all the columns that
  // bounds allow it.
  for (const std::string& what : count.careful) {
    CAPTURE(what);
    const bool named = what.find("mul:p2.n4.l8 fixed:i2.f") != std::string::npos ||
                       what.find("mul:p3.n2.l4 fixed:i3.f") != std::string::npos ||
                       (what.find("mul:p2.n3.l6 fixed:i2.f") != std::string::npos &&
                        what.find("parts=2") != std::string::npos);
    CHECK(named);
  }
  CHECK(count.careful.size() <= 14);
}

TEST_CASE("add_prefix_sum: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 5; ++n) tasks.push_back(Task::add(2, n));
  for (int n = 1; n <= 3; ++n) tasks.push_back(Task::add(3, n));
  tasks.push_back(Task::add(10, 1));
  compare_all("add_prefix_sum", tasks, {""}, fine_arithmetics(), count);
  std::vector<Arithmetic> divided = fine_arithmetics();
  for (Arithmetic& arithmetic : divided) arithmetic.normalise = Normalise::weights;
  compare_all("add_prefix_sum", {Task::add(2, 4), Task::add(3, 2)}, {""}, divided, count);
  CHECK(count.both > 100);
  CHECK(count.neither > 100);
  CHECK(count.careful.size() == 0);
}

TEST_CASE("majority_mean: certified exactly where every input is right") {
  Count count;
  std::vector<Task> tasks;
  for (int n = 1; n <= 9; ++n) tasks.push_back(Task::majority(n));
  compare_all("majority_mean", tasks, {""}, 9, count);
  CHECK(count.both > 50);
  CHECK(count.careful.size() == 0);
}

}  // namespace carrybit::test
