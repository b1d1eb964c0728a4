#pragma once
// What a construction reads: channels of the residual stream, and affine maps of them.

#include <compare>
#include <string>
#include <vector>

namespace carrybit::constructions {

/// A channel of the residual stream, by its place in it.
struct Channel {
  int index = -1;
  friend auto operator<=>(const Channel&, const Channel&) = default;
};

/// The values that a channel or a form may take where it is read: the integers low..high, or, for
/// the constructions that compute with fractions, the reals between them.
struct Range {
  double low = 0;
  double high = 0;
  bool integer = true;

  static Range bit() { return {0, 1}; }
  static Range integers(double low, double high) { return {low, high}; }
  static Range reals(double low, double high) { return {low, high, false}; }

  bool contains(double value) const;
  bool contains(const Range& other) const;
  double magnitude() const;
  /// "0..9", or "[0, 2]" for reals.
  std::string text() const;

  bool operator==(const Range&) const = default;
};

Range operator+(const Range& a, const Range& b);
Range operator*(double factor, const Range& a);

struct Term {
  Channel channel;
  double coefficient = 0;
  bool operator==(const Term&) const = default;
};

/// A sparse affine map: the sum of coefficient * channel, plus a constant. A compiled row adds its
/// terms in the order of the channels and the constant last; no claim of the vocabulary rests on
/// that order (the tests also run the reverse).
struct Form {
  std::vector<Term> terms;  // each channel once, no zero coefficient
  double constant = 0;

  Form() = default;
  Form(Channel channel) : terms{{channel, 1}} {}  // NOLINT(google-explicit-constructor)
  Form(double value) : constant(value) {}         // NOLINT(google-explicit-constructor)

  bool is_zero() const { return terms.empty() && constant == 0; }
  double coefficient(Channel channel) const;
  bool operator==(const Form&) const = default;
};

Form operator+(Form a, const Form& b);
Form operator-(const Form& a, const Form& b);
Form operator*(double factor, Form a);

/// The sum of several channels.
Form sum(const std::vector<Channel>& channels);

}  // namespace carrybit::constructions
