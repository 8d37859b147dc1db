// Leadline for shops: keeps which clicks brought somebody here. No cookie; nothing is stored before
// consent, nor ever where GPC or DNT is on.
(() => {
  if (window.leadline) return;
  const script = document.currentScript;
  const { key, shop, param = "ll_click", days = 90, consent: asked } = script.dataset;
  const declines = navigator.globalPrivacyControl === true || navigator.doNotTrack === "1";
  const quietly = (work) => {
    try {
      return work();
    } catch {} // no storage
  };

  // What this page's own address brought: click ids and UTM tags, each with the time.
  const now = Date.now();
  const landed = [];
  let tags;
  for (const [name, value] of new URLSearchParams(location.search)) {
    const tag = /^utm_(source|medium|campaign|term|content|id)$/.exec(name);
    if (name === param && /^clk_\w{26}$/.test(value)) landed.push([value, now]);
    if (tag && value) tags = [{ ...tags?.[0], [tag[1]]: value }, now];
  }

  // Stored: consent was given.
  const stored = () => quietly(() => JSON.parse(localStorage.leadline));
  let keeps = !declines && (asked === "true" || !!stored());

  // Stored and landed as one: ids oldest first, each once; the latest tags.
  const known = () => {
    const old = (keeps && stored()) || {};
    const isFresh = ([, at] = []) => at > now - days * 864e5;
    const path = quietly(() => [...new Map([...old.path, ...landed])]) ?? landed;
    const utm = tags ?? old.utm;
    return { path: path.filter(isFresh).slice(-20), utm: isFresh(utm) ? utm : undefined };
  };
  const path = () => known().path.map(([id]) => id);
  const clickId = () => path().at(-1) ?? null;

  const FIELDS = "input[name=ll_click], input[name=ll_path]";
  const LINKS = "a[href*='.stripe.com/']";
  const fill = () => {
    const id = clickId();
    if (!id) return;
    for (const form of document.querySelectorAll("form.checkout, form.woocommerce-checkout")) {
      if (!form.querySelector("[name=ll_click]")) {
        form.insertAdjacentHTML("beforeend", '<input type="hidden" name="ll_click">');
      }
    }
    for (const field of document.querySelectorAll(FIELDS)) {
      field.value = field.name === "ll_path" ? path() : id;
    }
    for (const link of document.querySelectorAll(LINKS)) {
      if (/^https:\/\/(buy|book|donate)\.stripe\.com\/(?!.*[?&]client_reference_id=)/.test(link.href)) {
        link.search += (link.search && "&") + "client_reference_id=" + id;
      }
    }
  };

  const post = (url, body, headers) => fetch(url, { method: "POST", keepalive: true, headers, body });
  // Carts' attributes reach the order.
  const isShopify = () => window.Shopify || shop === "shopify";
  const toCart = (id, ids) => {
    const body = new URLSearchParams({ "attributes[ll_click]": id, "attributes[ll_path]": ids });
    post("/cart/update.js", body).catch(() => {});
  };
  const keep = () =>
    quietly(() => {
      if (!keeps) return;
      localStorage.leadline = JSON.stringify(known());
      const id = clickId();
      if (!id || !isShopify() || sessionStorage.leadline === id) return;
      sessionStorage.leadline = id;
      toCart(id, path().join());
    });
  const erase = () =>
    quietly(() => {
      delete localStorage.leadline;
      delete sessionStorage.leadline;
    });
  const consent = (given) => {
    if (!given) {
      if (keeps && isShopify()) toCart("", "");
      erase();
      for (const field of document.querySelectorAll(FIELDS)) field.value = "";
      for (const link of document.querySelectorAll(LINKS)) {
        link.search = link.search.replace(/client_reference_id=clk_\w{26}/, "");
      }
    }
    keeps = given && !declines;
    keep();
    fill();
  };

  const refuse = (why) => {
    console.error("leadline.lead: " + why);
    throw Error(why);
  };
  // Without an id of its own, the same page, person and day are the same lead.
  const lead = async ({ eventId, email, externalId, promoCode, ...rest } = {}) => {
    const text = (value) => (value ? `${value}` : undefined);
    for (const name in rest) refuse(`unknown ${name}: use email, externalId, eventId, promoCode`);
    if (!(email || externalId || eventId)) refuse("email, externalId or eventId is missing");
    const body = JSON.stringify({
      event_id: text(eventId),
      page: location.host + location.pathname,
      path: path(),
      utm: known().utm?.[0],
      customer: { email: text(email), external_id: text(externalId) },
      promo_code: text(promoCode),
    });
    const headers = { Authorization: "Bearer " + key, "Content-Type": "application/json" };
    const answer = await post(new URL("../api/v1/leads", script.src), body, headers);
    const { status, detail, event_id } = await answer.json();
    if (!answer.ok) throw Error(detail);
    return { status, eventId: text(eventId) ?? event_id };
  };

  if (declines) erase();
  keep();
  fill();
  new MutationObserver(fill).observe(document, { childList: true, subtree: true });
  for (const event of ["click", "auxclick", "submit"]) addEventListener(event, fill, true);
  window.leadline = { clickId, path, consent, lead };
})();
