// The map of PlaceInput. The words and the coordinates beside it do the same
// without a map; arrow keys move it, Enter marks its middle.

const script = document.querySelector("script[data-maplibre]");
const maplibre = await import(script.dataset.maplibre);
maplibre.setWorkerUrl(new URL(script.dataset.worker, location.href).href);

// words are the map's own, where the page has them in another language.
const words = (said) => Object.fromEntries(Object.entries({
  "Map.Title": said.sayMap,
  "NavigationControl.ZoomIn": said.sayIn,
  "NavigationControl.ZoomOut": said.sayOut,
  "CooperativeGesturesHandler.MobileHelpText": said.sayTouch,
  "AttributionControl.ToggleAttribution": said.sayWhose,
}).filter(([, word]) => word));

function start(box) {
  if (box._map) return;
  const place = box.closest("[data-place]");
  const field = (part) => place.querySelector(`[name="${CSS.escape(place.dataset.place + "-" + part)}"]`);
  const chosen = field("lat").value !== "" && field("lng").value !== "";
  const centre = chosen ? [Number(field("lng").value), Number(field("lat").value)] : [Number(box.dataset.lng), Number(box.dataset.lat)];
  let map;
  try {
    map = new maplibre.Map({
      container: box,
      style: box.dataset.map,
      center: centre,
      zoom: Number(box.dataset.zoom) || 12,
      attributionControl: { compact: true },
      locale: words(place.dataset),
      dragRotate: false,
      pitchWithRotate: false,
      cooperativeGestures: matchMedia("(pointer: coarse)").matches,
    });
  } catch {
    box.hidden = true; // no WebGL: words and coordinates remain
    return;
  }
  box._map = map;
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  let marker = null;
  const mark = (at) => {
    marker ??= new maplibre.Marker({ color: "#9a3b1e" });
    marker.setLngLat(at).addTo(map);
  };
  const choose = (at) => {
    mark(at);
    field("lat").value = at.lat.toFixed(6);
    field("lng").value = at.lng.toFixed(6);
    place.querySelector(".m-place-said").textContent = place.dataset.sayMarked ?? "Place marked on the map.";
  };
  if (chosen) mark(centre);
  map.on("click", (event) => choose(event.lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    choose(map.getCenter());
  });
  place.addEventListener("mercat:place", ({ detail }) => {
    mark([detail.lng, detail.lat]);
    map.jumpTo({ center: [detail.lng, detail.lat], zoom: 16 });
  });
}

// The map of cases, and that of what everybody may see: marks come from the server for the part in sight, already
// clustered. Each is a button, so that the keyboard reaches it; the list beside
// the map has the same cases.
function startCases(box) {
  if (box._map) return;
  let map;
  try {
    map = new maplibre.Map({ container: box, style: box.dataset.casesMap, center: [Number(box.dataset.lng), Number(box.dataset.lat)], zoom: (Number(box.dataset.zoom) || 11) - 1, attributionControl: { compact: true }, locale: words(box.dataset), dragRotate: false, pitchWithRotate: false, cooperativeGestures: matchMedia("(pointer: coarse)").matches });
  } catch {
    box.hidden = true; // no WebGL: the list remains
    return;
  }
  box._map = map;
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  let marks = [];
  let asked;
  const show = async () => {
    asked?.abort();
    asked = new AbortController();
    const b = map.getBounds();
    const part = new URLSearchParams({ bbox: [Math.max(b.getWest(), -180), b.getSouth(), Math.min(b.getEast(), 180), b.getNorth()].join(","), zoom: map.getZoom() });
    const from = (address) => fetch(`${address}${address.includes("?") ? "&" : "?"}${part}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
    try {
      const [points, list] = await Promise.all([from(box.dataset.points), box.dataset.listed ? from(box.dataset.listed) : null]);
      if (!points.ok) return;
      const { features } = await points.json();
      const words = list?.ok ? await list.text() : null;
      for (const mark of marks) mark.remove();
      marks = features.map((f) => mark(f).addTo(map));
      const beside = document.getElementById("map-list");
      if (words !== null && beside && !beside.contains(document.activeElement)) beside.innerHTML = words;
    } catch {
      // Moved on, or no connection: the next move asks again.
    }
  };
  const mark = ({ geometry, properties }) => {
    const one = properties.count === 1;
    const element = document.createElement(one && properties.url ? "a" : "button");
    element.className = one ? "m-mark" : "m-mark m-mark-many";
    if (one) {
      if (properties.url) element.href = properties.url;
      element.setAttribute("aria-label", `${properties.service}, ${properties.state}`);
      element.title = `${properties.service}, ${properties.state}`;
    } else {
      element.type = "button";
      element.textContent = properties.count.toLocaleString("en-GB");
      element.setAttribute("aria-label", (box.dataset.sayMany ?? "{n} cases: look closer").replace("{n}", properties.count));
      element.addEventListener("click", () => map.easeTo({ center: geometry.coordinates, zoom: Math.min(map.getZoom() + 2, 20), animate: !matchMedia("(prefers-reduced-motion: reduce)").matches }));
    }
    return new maplibre.Marker({ element }).setLngLat(geometry.coordinates);
  };
  map.on("load", show);
  map.on("moveend", show);
}

const startAll = () => {
  document.querySelectorAll("[data-map]").forEach(start);
  document.querySelectorAll("[data-cases-map]").forEach(startCases);
};
startAll();
document.addEventListener("htmx:after:swap", startAll);
