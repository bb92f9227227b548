#include "media/decode/cbc_decryptor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace rung::decode {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(std::byte{
        static_cast<unsigned char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16))});
  return bytes;
}

CipherBlock block_of(std::string_view hex) {
  CipherBlock block{};
  std::ranges::copy(from_hex(hex), block.begin());
  return block;
}

std::string text(const std::vector<std::byte>& bytes) {
  std::string result;
  for (const std::byte byte : bytes) result += static_cast<char>(byte);
  return result;
}

// printf 'forty bytes of text, two and a half block' | openssl enc -aes-128-cbc -K 0001..0f -iv
// f0f1..ff
constexpr std::string_view key = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view vector = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
constexpr std::string_view plain = "forty bytes of text, two and a half block";
constexpr std::string_view encrypted =
    "7b306e5bd84e3e6d251ac37b93c63c61628cac4c6062e3752fe7bf01d20bdf61defb5de83a873aee2f7b3661897202"
    "9f";
/// Sixteen bytes of 'x': all of the last block is padding.
constexpr std::string_view one_block =
    "eb872d247dea4c7438d353712e6a913eb88576a3dbbb8020af783b5f270414c9";

TEST(CbcDecryptor, UndoesWhatOpensslDoesHoweverTheBytesArrive) {
  const std::vector<std::byte> bytes = from_hex(encrypted);
  for (const std::size_t step : {1U, 7U, 16U, 17U, 100U}) {
    CbcDecryptor decryptor(block_of(key), block_of(vector));
    std::string result;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      result +=
          text(decryptor.take(std::span(bytes).subspan(at, std::min(step, bytes.size() - at))));
    EXPECT_GE(result.size(), 32U) << "comes before the end is known";
    result += text(decryptor.finish().value());
    EXPECT_EQ(result, plain);
  }
  CbcDecryptor whole(block_of(key), block_of(vector));
  EXPECT_EQ(text(whole.take(from_hex(one_block))), std::string(16, 'x'));
  EXPECT_EQ(whole.finish().value().size(), 0U);
}

TEST(CbcDecryptor, SaysThatTheKeyIsAnotherOne) {
  CbcDecryptor wrong(block_of(vector), block_of(vector));
  (void)wrong.take(from_hex(encrypted));
  EXPECT_EQ(wrong.finish().error().code, ErrorCode::decode);
  CbcDecryptor cut(block_of(key), block_of(vector));
  (void)cut.take(from_hex(encrypted.substr(0, 60)));
  EXPECT_FALSE(cut.finish());
  CbcDecryptor empty(block_of(key), block_of(vector));
  EXPECT_FALSE(empty.finish());
}

}  // namespace
}  // namespace rung::decode
