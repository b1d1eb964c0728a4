// The main function of every test program: doctest, with a fixed seed for RapidCheck unless RC_PARAMS gives another.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

int main(int argc, char** argv) {
  setenv("RC_PARAMS", "seed=20251", 0);
  return doctest::Context(argc, argv).run();
}
