// Reads {text} aloud in {language}, by the browser's own voice; the button says {label}.

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.hidden = !("speechSynthesis" in window);
  button.textContent = data.label;
  button.onclick = () => {
    const spoken = new SpeechSynthesisUtterance(data.text);
    spoken.lang = data.language;
    speechSynthesis.cancel();
    speechSynthesis.speak(spoken);
  };
}
