// Shows one of echospan's pictures: gives its ES module the model that anywidget would give it.
export default {
  template: "<div></div>",
  props: { module: String, data: Object, settings: Object },
  async mounted() {
    const { default: picture } = await import(this.module);
    if (this.gone) return;
    const values = { data: this.data, settings: this.settings ?? {} };
    const heard = new Map();
    const fire = (name, ...rest) => [...(heard.get(name) ?? [])].forEach((call) => call(...rest));
    this.put = (key, value) => {
      values[key] = value;
      fire(`change:${key}`);
    };
    this.tell = (message) => fire("msg:custom", message);
    const model = {
      get: (key) => values[key],
      set: (key, value) => this.put(key, value),
      save_changes: () => this.$emit("settings", values.settings),
      on: (name, call) => heard.set(name, [...(heard.get(name) ?? []), call]),
      off: (name, call) => heard.set(name, (heard.get(name) ?? []).filter((one) => one !== call)),
      send: (message) => this.$emit("message", message),
    };
    this.cleanup = picture.render({ model, el: this.$el });
  },
  unmounted() {
    this.gone = true;
    this.cleanup?.();
  },
  methods: {
    put_data(value) {
      this.put?.("data", value);
    },
    hear(message) {
      this.tell?.(message);
    },
  },
};
