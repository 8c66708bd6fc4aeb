"""What things and their fields are called in Chinese, Korean, Arabic, Persian and Turkish: by their types in the
catalogue, and by our names."""

from __future__ import annotations

THINGS: dict[str, str] = {
    "Dentist": "牙医,牙醫,牙科,牙科诊所,치과,치과의사,طبيب أسنان,أطباء أسنان,أطباء الأسنان,عيادة أسنان,"
    "عيادات أسنان,دندانپزشک,دندانپزشکان,diş hekimi,diş hekimleri,dişçi,dişçiler,diş kliniği,diş klinikleri",
    "Physician": "医生,醫生,医院,醫院,诊所,診所,药店,药房,병원,약국,의사,طبيب,أطباء,مستشفى,مستشفيات,صيدلية,"
    "صيدليات,عيادة,عيادات,بیمارستان,داروخانه,doktor,doktorlar,hastane,hastaneler,eczane,eczaneler,klinik,"
    "klinikler",
    "Restaurant": "餐厅,餐廳,饭店,餐馆,饭馆,咖啡馆,咖啡店,咖啡厅,酒吧,面包店,火锅店,식당,음식점,레스토랑,"
    "카페,맛집,술집,빵집,مطعم,مطاعم,مقهى,مقاهي,مخبز,مخابز,رستوران,رستورانها,رستوران های,restoran,restoranlar,"
    "lokanta,lokantalar,kafe,kafeler,kahveci,kahveciler,fırın,fırınlar",
    "TouristAttraction": "博物馆,美术馆,景点,旅游景点,动物园,박물관,미술관,관광지,명소,متحف,متاحف,معالم,"
    "موزه,müze,müzeler",
    "Hotel": "酒店,宾馆,旅馆,民宿,旅店,호텔,모텔,펜션,게스트하우스,فندق,فنادق,هتل,هتلها,otel,oteller,"
    "pansiyon,pansiyonlar",
    "Attorney": "律师,律師,律师事务所,변호사,법무법인,محامي,محامون,محامين,وکیل,avukat,avukatlar,avukatları",
    "LocalBusiness": "商店,店铺,健身房,美发店,理发店,超市,银行,图书馆,미용실,헬스장,가게,상점,은행,도서관,"
    "متجر,متاجر,محلات,صالون,بنوك,mağaza,mağazalar,kuaför,kuaförler,berber,tesisatçı,tesisatçılar,spor salonu,"
    "spor salonları",
    "Organization": "公司,企业,初创公司,创业公司,회사,기업,스타트업,شركة,شركات,شرکت,şirket,şirketler,"
    "şirketleri,girişim,girişimler",
    "Person": "教授,创始人,演员,교수,배우,أستاذ,أساتذة,profesör,profesörler",
    "Product": "笔记本电脑,筆記型電腦,笔记本,手机,手機,耳机,相机,电视,平板电脑,自行车,鞋,노트북,휴대폰,"
    "스마트폰,이어폰,카메라,텔레비전,자전거,운동화,حاسوب محمول,حواسيب محمولة,لابتوب,لابتوبات,هاتف,هواتف,"
    "كاميرا,کامپیوتر,گوشی,لپ تاپ,laptop,laptoplar,dizüstü bilgisayar,dizüstü bilgisayarlar,telefon,"
    "telefonlar,kulaklık,kulaklıklar,bisiklet,bisikletler,ayakkabı,ayakkabılar",
    "Book": "书,书籍,小说,图书,책,소설,도서,كتاب,كتب,رواية,روايات,کتاب,kitap,kitaplar,roman,romanlar",
    "Movie": "电影,影片,电影片,영화,فيلم,أفلام,فیلم,filmler",
    "TVSeries": "电视剧,드라마,مسلسل,مسلسلات,dizi,diziler",
    "JobPosting": "工作,职位,招聘,岗位,채용,일자리,구인,وظيفة,وظائف,شغل,iş ilanı,iş ilanları",
    "Event": "活动,音乐会,演唱会,会议,展览,행사,이벤트,콘서트,공연,전시회,حفلة,حفلات,فعالية,فعاليات,مؤتمر,"
    "مؤتمرات,etkinlik,etkinlikler,konser,konserler",
    "Recipe": "食谱,菜谱,레시피,요리법,وصفة,وصفات,tarifler,tarifleri,yemek tarifi,yemek tarifleri",
    "NewsArticle": "新闻,文章,뉴스,기사,خبر,أخبار,مقال,مقالات,haber,haberler",
    "ScholarlyArticle": "论文,논문,بحث,أبحاث,makale,makaleler",
    "Course": "课程,강좌,강의,دورة,دورات,دوره,kurslar",
    "CollegeOrUniversity": "大学,大學,学校,學校,幼儿园,대학교,대학,학교,유치원,جامعة,جامعات,مدرسة,مدارس,"
    "دانشگاه,üniversite,üniversiteler,okul,okullar",
    "RealEstateListing": "公寓,房子,房源,住宅,아파트,원룸,오피스텔,주택,شقة,شقق,منزل,منازل,آپارتمان,daire,"
    "daireler,evler",
    "Car": "汽车,二手车,车,자동차,중고차,سيارة,سيارات,خودرو,araba,arabalar,otomobil,otomobiller",
    "SoftwareApplication": "软件,软体,应用,앱,소프트웨어,برنامج,برامج,تطبيق,تطبيقات,yazılım,yazılımlar,"
    "uygulama,uygulamalar",
    "Place": "城市,国家,公园,海滩,도시,나라,공원,해변,مدينة,مدن,شاطئ,شواطئ,şehir,şehirler,plaj,plajlar",
}
FIELDS: dict[str, str] = {
    "name": "名称,名字,名稱,店名,姓名,이름,상호,اسم,الاسم,أسماء,نام,isim,isimler,isimleri,ad,adı,adları",
    "title": "标题,书名,片名,제목,عنوان الكتاب,başlık",
    "phone": "电话,電話,电话号码,電話號碼,联系电话,手机号,전화번호,전화,연락처,هاتف,الهاتف,رقم الهاتف,"
    "أرقام الهاتف,أرقام الهواتف,تلفن,شماره تلفن,telefon,telefonu,telefonları,telefon numarası,"
    "telefon numaraları",
    "address": "地址,地点,주소,عنوان,العنوان,عناوين,آدرس,adres,adresi,adresler,adresleri",
    "email": "邮箱,电子邮件,電子郵件,邮件,이메일,메일,بريد إلكتروني,البريد الإلكتروني,ایمیل,e-posta,"
    "e-postası,e posta,eposta",
    "website": "网站,網站,网址,官网,웹사이트,홈페이지,사이트,موقع,الموقع,الموقع الإلكتروني,وبسایت,"
    "web sitesi,web siteleri,site,internet sitesi",
    "price": "价格,價格,售价,价钱,租金,가격,가격대,سعر,السعر,أسعار,الأسعار,قیمت,fiyat,fiyatı,fiyatlar,fiyatları",
    "rating": "评分,評分,星级,평점,별점,تقييم,التقييم,تقييمات,امتیاز,puan,puanı,puanları",
    "reviews": "评论,点评,评论数,리뷰,후기,مراجعات,التعليقات,yorum,yorumlar,yorumları",
    "opening_hours": "营业时间,營業時間,开放时间,영업시간,운영시간,ساعات العمل,أوقات العمل,ساعات کاری,"
    "çalışma saatleri,açılış saatleri",
    "author": "作者,저자,작가,مؤلف,المؤلف,نویسنده,yazar,yazarı,yazarları",
    "date": "日期,날짜,تاريخ,التاريخ,تاریخ,tarih,tarihi,tarihleri",
    "year": "年份,연도,سنة,السنة,yıl,yılı",
    "company": "公司,회사,شركة,الشركة,şirket,şirketi",
    "salary": "薪资,薪水,工资,급여,연봉,راتب,الراتب,رواتب,maaş,maaşı,maaşlar",
    "brand": "品牌,브랜드,العلامة التجارية,marka,markası",
    "director": "导演,감독,مخرج,المخرج,yönetmen,yönetmeni",
    "ingredients": "食材,配料,원료,재료,مكونات,المكونات,malzemeler,malzemeleri",
    "description": "描述,简介,介绍,설명,소개,وصف,الوصف,açıklama,açıklaması",
    "image": "图片,照片,사진,صورة,صور,resim,fotoğraf,fotoğrafları",
}
