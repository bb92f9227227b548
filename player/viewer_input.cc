#include "player/viewer_input.h"

#include <SDL.h>

#include <algorithm>
#include <array>

namespace rung::player {

namespace {

constexpr double volume_step = 5;

using enum ViewerAction;
using enum KeyBinding::By;

constexpr auto bindings = std::to_array<KeyBinding>({
    {SDLK_SPACE, press, false, {pause}, "space", "pause or go on"},
    {SDLK_p, press, false, {pause}, "p", ""},
    {SDLK_k, press, false, {pause}, "k", ""},
    {SDLK_LEFT, press, true, {seek_by, -5}, "left", "5 s back or forward"},
    {SDLK_RIGHT, press, true, {seek_by, 5}, "right", ""},
    {SDLK_j, press, true, {seek_by, -10}, "j", "10 s back or forward"},
    {SDLK_l, press, true, {seek_by, 10}, "l", ""},
    {SDLK_DOWN, press, true, {seek_by, -60}, "down", "1 min back or forward"},
    {SDLK_UP, press, true, {seek_by, 60}, "up", ""},
    {SDLK_1, press, false, {seek_to, 0.1}, "1", "that many tenths of the title"},
    {SDLK_2, press, false, {seek_to, 0.2}, "2", ""},
    {SDLK_3, press, false, {seek_to, 0.3}, "3", ""},
    {SDLK_4, press, false, {seek_to, 0.4}, "4", ""},
    {SDLK_5, press, false, {seek_to, 0.5}, "5", ""},
    {SDLK_6, press, false, {seek_to, 0.6}, "6", ""},
    {SDLK_7, press, false, {seek_to, 0.7}, "7", ""},
    {SDLK_8, press, false, {seek_to, 0.8}, "8", ""},
    {SDLK_KP_0, press, false, {seek_to, 0.0}, "keypad", ""},
    {SDLK_KP_1, press, false, {seek_to, 0.1}, "", ""},
    {SDLK_KP_2, press, false, {seek_to, 0.2}, "", ""},
    {SDLK_KP_3, press, false, {seek_to, 0.3}, "", ""},
    {SDLK_KP_4, press, false, {seek_to, 0.4}, "", ""},
    {SDLK_KP_5, press, false, {seek_to, 0.5}, "", ""},
    {SDLK_KP_6, press, false, {seek_to, 0.6}, "", ""},
    {SDLK_KP_7, press, false, {seek_to, 0.7}, "", ""},
    {SDLK_KP_8, press, false, {seek_to, 0.8}, "", ""},
    {SDLK_KP_9, press, false, {seek_to, 0.9}, "", ""},
    {SDLK_HOME, press, false, {seek_to, 0}, "home", "to the beginning"},
    {'.', character, true, {step}, ".", "one picture on, paused"},
    {SDLK_9, press, true, {volume_by, -volume_step}, "9", "softer or louder; also the wheel"},
    {SDLK_0, press, true, {volume_by, volume_step}, "0", ""},
    {SDLK_m, press, false, {mute}, "m", "sound off or on"},
    {'[', character, true, {speed_by, -1}, "[", "slower or faster"},
    {']', character, true, {speed_by, 1}, "]", ""},
    {SDLK_BACKSPACE, press, false, {speed_by, 0}, "backspace", "at its own speed"},
    {SDLK_r, press, true, {rung_by, 1}, "r", "rung: auto, or one of them, pinned"},
    {SDLK_r, shifted_press, true, {rung_by, -1}, "R", ""},
    {SDLK_a, press, false, {audio_by, 1}, "a", "next or previous sound of the title"},
    {SDLK_a, shifted_press, false, {audio_by, -1}, "A", ""},
    {SDLK_s, press, false, {subtitles_by, 1}, "s", "subtitles: off, or one of them"},
    {SDLK_s, shifted_press, false, {subtitles_by, -1}, "S", ""},
    {SDLK_f, press, false, {full_screen}, "f", "full screen; also a double click"},
    {SDLK_n, press, false, {next_title, 1}, "n", "next or previous title"},
    {SDLK_n, shifted_press, false, {next_title, -1}, "N", ""},
    {SDLK_RETURN, press, false, {take_next}, "enter", "play what is offered next; esc refuses it"},
    {SDLK_KP_ENTER, press, false, {take_next}, "", ""},
    {'+', character, false, {like}, "+", "of a catalogue: I like this, or less of this"},
    {'-', character, false, {not_for_me}, "-", ""},
    {SDLK_b, press, false, {save}, "b", "of a catalogue: keep it in my list, or no longer"},
    {SDLK_i, press, false, {statistics}, "i", "statistics"},
    {SDLK_i, shifted_press, false, {next_statistics}, "I", "their next page"},
    {SDLK_c, press, false, {copy_statistics}, "c", "copy the statistics as JSON"},
    {'?', character, false, {help}, "?", "these keys"},
    {SDLK_F1, press, false, {help}, "F1", ""},
    {SDLK_ESCAPE, press, false, {leave}, "esc", "leave the full screen, else the player"},
    {SDLK_q, press, false, {quit}, "q", "leave, and go on here the next time"},
    {SDLK_q, shifted_press, false, {quit_and_forget}, "Q", "leave, and begin anew the next time"},
});

}  // namespace

std::span<const KeyBinding> key_bindings() { return bindings; }

std::vector<HelpLine> help_lines() {
  std::vector<HelpLine> lines;
  for (const KeyBinding& binding : bindings) {
    if (binding.label.empty()) continue;
    if (binding.meaning.empty())
      lines.back().keys += std::string(" ") += binding.label;
    else
      lines.push_back({std::string(binding.label), binding.meaning});
  }
  return lines;
}

std::optional<ViewerInput> viewer_input(const SDL_Event& event) {
  switch (event.type) {
    case SDL_QUIT:
      return ViewerInput{quit};
    case SDL_KEYDOWN: {
      const SDL_Keysym& pressed = event.key.keysym;
      if ((pressed.mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI)) != 0) return std::nullopt;
      const bool shift = (pressed.mod & KMOD_SHIFT) != 0;
      const auto* bound = std::ranges::find_if(bindings, [&](const KeyBinding& binding) {
        return binding.key == pressed.sym && binding.by == (shift ? shifted_press : press);
      });
      if (bound == bindings.end() || (event.key.repeat != 0 && !bound->repeats))
        return std::nullopt;
      return bound->input;
    }
    case SDL_TEXTINPUT: {
      const auto* bound = std::ranges::find_if(bindings, [&](const KeyBinding& binding) {
        return binding.by == character && binding.key == event.text.text[0];
      });
      if (bound == bindings.end() || event.text.text[1] != '\0') return std::nullopt;
      return bound->input;
    }
    case SDL_MOUSEWHEEL: {
      const int away = event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;
      if (event.wheel.y == 0) return std::nullopt;
      return ViewerInput{volume_by, volume_step * event.wheel.y * away};
    }
    case SDL_MOUSEBUTTONDOWN:
      if (event.button.button == SDL_BUTTON_LEFT && event.button.clicks == 2)
        return ViewerInput{full_screen};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace rung::player
