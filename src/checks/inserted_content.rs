//! Whether foreign pictures were put into the recording.

use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "inserted-content",
    title: Text::new("插入画面", "inserted content"),
    explain: Text::new(
        "查看录像中间有没有来自别处的画面：前后场景、画面噪声、编码方式、水印与其余部分都不相同的一段，疑似插入。插入的画面会让人误以为是当场所见，条文予以禁止。依据是画面、编码参数和水印时钟；设备自身的菜单或屏幕提示也可能相似，最终由人判断。",
        "Looks for a stretch of pictures from elsewhere: one whose scene, noise, coding and overlay differ from all around it is suspected to be inserted. Such pictures pass for what was seen on the spot, and the articles forbid them. It rests on the pictures, the coding parameters and the burnt-in clock; a camera's own menu can look alike, so a person decides.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Picture],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "本版本尚不比对画面来源，不能判断有无插入画面。",
        "This version does not yet compare where pictures come from, so it cannot tell inserted ones.",
    )),
};
