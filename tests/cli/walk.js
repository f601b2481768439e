/* walk.js URL FOLDER [SIZE:SCHEME]... - a user at a headless Chromium: opens
 * the issuer's page, signs in, and looks at where that ends, in each size
 * (phone, desktop) and scheme (light, dark). Prints one JSON object; pictures
 * are FOLDER/NAME.png. */
'use strict';
const { chromium } = require(process.env.CXP_CACHE +
    '/node_modules/playwright-core');

const PATIENCE = 120000;	/* ms a step: a browser on a busy machine */
const sizes = {
	phone: { width: 390, height: 844 },
	desktop: { width: 1280, height: 800 },
};
const [url, folder, ...looks] = process.argv.slice(2);
const said = { requests: [], complaints: [], looks: {} };

/* What a look at the page finds: it fits, it is readable, it is set. */
function look() {
	const luminance = (c) => c.match(/[\d.]+/g).slice(0, 3).map(Number)
		.map((v) => v / 255)
		.map((v) => v <= 0.04045 ? v / 12.92 :
		    ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const contrast = (a, b) => {
		const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
		return (x + 0.05) / (y + 0.05);
	};
	const main = document.querySelector('main');
	const ground = getComputedStyle(main).backgroundColor;
	const of = (s) => getComputedStyle(document.querySelector(s));
	const box = main.getBoundingClientRect();
	return {
		heading: document.querySelector('h1').textContent,
		fits: document.documentElement.scrollWidth <= innerWidth &&
		    box.bottom <= innerHeight && box.left >= 0,
		ground: of('body').backgroundColor,
		contrast: Math.min(...['h1', 'p', 'footer'].map((s) =>
			contrast(of(s).color, ground))),
		size: parseFloat(of('p').fontSize),
	};
}

(async () => {
	const browser = await chromium.launch({
		executablePath: '/usr/bin/chromium',
		timeout: PATIENCE,
		args: ['--headless', '--no-sandbox', '--disable-gpu',
			'--disable-quic', '--no-first-run', '--disable-sync',
			'--disable-background-networking',
			'--disable-component-update', '--disable-dev-shm-usage',
			...(process.env.WALK_PROXY ?
			    ['--proxy-server=' + process.env.WALK_PROXY] : [])],
	});
	const page = await browser.newPage({ viewport: sizes.desktop,
		ignoreHTTPSErrors: true });
	page.setDefaultTimeout(PATIENCE);
	page.on('request', (r) => said.requests.push(r.url()));
	await page.goto(url);
	await page.screenshot({ path: folder + '/signin.png' });
	page.on('console', (m) => said.complaints.push(m.text()));
	page.on('pageerror', (e) => said.complaints.push(String(e)));
	said.began = Date.now();
	await page.click('#signin');
	await page.waitForSelector('main');
	said.milliseconds = Date.now() - said.began;
	said.url = page.url();
	said.title = await page.title();
	const cdp = await page.context().newCDPSession(page);
	const history = await cdp.send('Page.getNavigationHistory');
	said.history = history.entries.map((e) => e.url);
	for (const name of looks) {
		const [size, scheme] = name.split(':');
		await page.setViewportSize(sizes[size]);
		await page.emulateMedia({ colorScheme: scheme });
		said.looks[name] = await page.evaluate(look);
		await page.screenshot({ path: folder + '/' + size + '-' +
		    scheme + '.png' });
	}
	await browser.close();
	console.log(JSON.stringify(said, null, 1));
})().catch((e) => {
	console.error(String(e));
	process.exit(1);
});
